// A failing CHECK in an unmodified libcaffe becomes a C++ exception, with Caffe's full message and with every frame
// above the failing function properly unwound, half-built nets included, any number of times (see caller.cc for how).
#pragma once

#include <cstdint>

#include "guard/caller.h"
#include "guard/failure.h"
#include "guard/protection_keys.h"

namespace tscaffe {

// Once per process, before anything of Caffe is called.
void InstallCheckFailure();

// Says that the calling thread is one that enters guards, and so not one of Caffe's own. Before its first guard.
void MarkOwnThread();
// Whether it is. A signal handler may ask.
bool IsOwnThread();

// Marks that this thread's caller handles CheckFailure; nests.
class GuardFrame {
 public:
  GuardFrame();
  ~GuardFrame();
  GuardFrame(const GuardFrame&) = delete;
  GuardFrame& operator=(const GuardFrame&) = delete;

  static int Depth();
  // Of this thread; null outside of guards. A signal handler may ask.
  static const GuardFrame* Innermost();

  // As they were when the guard was entered.
  const uint32_t protection_keys = ProtectionKeys();

 private:
  GuardFrame* const outer_;
};

// Leaves the failing function, on a thread with a guard of this copy of the addon or on one of Caffe's own.
[[noreturn]] void HandleFailure(Failing failing);

// The failure that the failure function left for this thread.
[[noreturn]] void ThrowCheckFailure();

// A CHECK inlined from one of Caffe's headers fails in our own code: the body must stay a frame of its own, or the
// failing function would be the one that holds the handler.
template <class Body>
__attribute__((noinline)) auto CallBody(Body& body) -> decltype(body()) {
  return body();
}

// Runs `body`; a CHECK that fails in it leaves as CheckFailure.
template <class Body>
auto Guard(Body&& body) -> decltype(body()) {
  GuardFrame frame;
  return CallBody(body);
}

}  // namespace tscaffe
