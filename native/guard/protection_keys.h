// The rights of a thread to pages of memory that have a protection key (PKRU, a register of x86 server processors). V8
// keeps compiled code, WebAssembly's in the first place, behind such a key. The kernel gives a signal handler a
// register of its own, which denies all keys, and puts the old one back when the handler returns. A handler that is
// left for good kept the denial: the next call of WebAssembly, in some library far away, was a segmentation fault.
#pragma once

#include <cstdint>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace tscaffe {

#ifdef __x86_64__

// Whether the processor has them and the kernel uses them.
inline bool HasProtectionKeys() {
  static const bool has = [] {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kEnabled = 1U << 4;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kEnabled) != 0;
  }();
  return has;
}

// The instructions rdpkru and wrpkru, as bytes: older compilers do not know their names.
inline uint32_t ProtectionKeys() {
  if (!HasProtectionKeys()) return 0;
  uint32_t rights = 0;
  uint32_t zero = 0;
  asm volatile(".byte 0x0f, 0x01, 0xee" : "=a"(rights), "=d"(zero) : "c"(0));
  return rights;
}

inline void SetProtectionKeys(uint32_t rights) {
  if (HasProtectionKeys()) asm volatile(".byte 0x0f, 0x01, 0xef" : : "a"(rights), "c"(0), "d"(0) : "memory");
}

#else  // V8 keeps no code behind keys on aarch64

inline uint32_t ProtectionKeys() { return 0; }
inline void SetProtectionKeys(uint32_t) {}

#endif

}  // namespace tscaffe
