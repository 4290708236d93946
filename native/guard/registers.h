// The registers that a function has at a call, as the unwinder has worked them out, and the way to go on with them.
// Each architecture has its own: which ones a called function must keep (System V's on x86-64, AAPCS64's on aarch64),
// their numbers in DWARF, and where the return address is.
#pragma once

#include <unwind.h>

#include <cstddef>
#include <cstdint>

namespace tscaffe {

#if defined(__x86_64__)

class Registers {
 public:
  Registers() = default;
  // Those of the frame that the unwinder stands at.
  explicit Registers(_Unwind_Context* context)
      // The canonical frame address is where rsp stood before the call; the return address that the call pushed lies
      // just below it. A later call from the same place has pushed another.
      : rsp_(_Unwind_GetCFA(context) - sizeof(uintptr_t)),
        rbx_(_Unwind_GetGR(context, 3)),
        rbp_(_Unwind_GetGR(context, 6)),
        r12_(_Unwind_GetGR(context, 12)),
        r13_(_Unwind_GetGR(context, 13)),
        r14_(_Unwind_GetGR(context, 14)),
        r15_(_Unwind_GetGR(context, 15)),
        rip_(_Unwind_GetIP(context)) {}

  uintptr_t StackPointer() const { return rsp_ + sizeof(uintptr_t); }

  // Enters `function` as if the frame's own function had called it.
  [[noreturn]] void Enter(void (*function)()) const {
    asm volatile(
        "mov 8(%0), %%rbx\n mov 16(%0), %%rbp\n mov 24(%0), %%r12\n mov 32(%0), %%r13\n mov 40(%0), %%r14\n"
        "mov 48(%0), %%r15\n mov 56(%0), %%rcx\n mov (%0), %%rsp\n mov %%rcx, (%%rsp)\n jmp *%1\n" ::"a"(this),
        "d"(function)
        : "memory");
    __builtin_unreachable();
  }

 private:
  // The order is known to the assembly.
  uintptr_t rsp_ = 0, rbx_ = 0, rbp_ = 0, r12_ = 0, r13_ = 0, r14_ = 0, r15_ = 0, rip_ = 0;
};

#elif defined(__aarch64__)

class Registers {
 public:
  Registers() = default;
  // Those of the frame that the unwinder stands at. A call leaves sp alone and the return address in x30. That is taken
  // from the unwinder, not from what the called function saved of x30: where code is built with
  // -mbranch-protection=pac-ret it saved a signed one, and the unwinder has taken the signature off. d8 to d15
  // are the lower halves of v8 to v15, which is all that a called function must keep of the floating-point registers.
  explicit Registers(_Unwind_Context* context) : sp_(_Unwind_GetCFA(context)), x30_(_Unwind_GetIP(context)) {
    for (int i = 0; i < 11; ++i) x19_to_x29_[i] = _Unwind_GetGR(context, 19 + i);
    for (int i = 0; i < 8; ++i) d8_to_d15_[i] = _Unwind_GetGR(context, 72 + i);
  }

  uintptr_t StackPointer() const { return sp_; }

  // Enters `function` as if the frame's own function had called it. Through x16, because with
  // -mbranch-protection=bti only a jump through x16 or x17 may arrive where a call may.
  [[noreturn]] void Enter(void (*function)()) const {
    register const Registers* self asm("x9") = this;
    register void (*target)() asm("x16") = function;
    asm volatile(
        "ldp x10, x30, [%0]\n ldp x19, x20, [%0, 16]\n ldp x21, x22, [%0, 32]\n ldp x23, x24, [%0, 48]\n"
        "ldp x25, x26, [%0, 64]\n ldp x27, x28, [%0, 80]\n ldr x29, [%0, 96]\n ldp d8, d9, [%0, 104]\n"
        "ldp d10, d11, [%0, 120]\n ldp d12, d13, [%0, 136]\n ldp d14, d15, [%0, 152]\n mov sp, x10\n br %1\n" ::"r"(
            self),
        "r"(target)
        : "memory");
    __builtin_unreachable();
  }

 private:
  // The order is known to the assembly.
  uintptr_t sp_ = 0, x30_ = 0, x19_to_x29_[11] = {}, d8_to_d15_[8] = {};
};

#else
#error \
    "A failed CHECK is left by going on in its caller, which is written for x86-64 and aarch64 only: native/guard/registers.h"
#endif

}  // namespace tscaffe
