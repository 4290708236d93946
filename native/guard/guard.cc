#include "guard/guard.h"

#include <pthread.h>

#include <boost/thread/exceptions.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "caffe/headers.h"
#include "guard/addons.h"
#include "guard/caller.h"
#include "guard/cuda_failure.h"
#include "guard/place.h"
#include "guard/prefetch.h"

namespace tscaffe {

namespace {

thread_local GuardFrame* innermost = nullptr;

// For signal handlers: where each thread that enters guards has its `innermost`. The first use of a thread's own
// variable in an addon allocates the thread's copies of all of them. A handler that asked a thread that had never
// entered a guard waited for ever, where the signal came from malloc because the heap was corrupt.
const pthread_key_t& InnermostKey() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, nullptr);
    return made;
  }();
  return key;
}
GuardFrame** InnermostOfThread() { return static_cast<GuardFrame**>(pthread_getspecific(InnermostKey())); }

// glog has released its locks when it calls this.
[[noreturn]] void OnCheckFailure() {
  EndFatalMessageInAnyAddon();
  ReturnFromDestructor(Failing::CHECK);
  PassFailureOn(Failing::CHECK);
  HandleFailure(Failing::CHECK);
}

}  // namespace

void MarkOwnThread() { pthread_setspecific(InnermostKey(), &innermost); }

bool IsOwnThread() { return InnermostOfThread() != nullptr; }

GuardFrame::GuardFrame() : outer_(innermost) { innermost = this; }
GuardFrame::~GuardFrame() { innermost = outer_; }

const GuardFrame* GuardFrame::Innermost() { return IsOwnThread() ? *InnermostOfThread() : nullptr; }

int GuardFrame::Depth() {
  int depth = 0;
  for (auto* frame = innermost; frame != nullptr; frame = frame->outer_) ++depth;
  return depth;
}

void ThrowCheckFailure() {
  LogLine fatal = TakeFatalLine();
  if (IsFailureOfCuda(fatal.text)) ForgetCudaError();
  throw CheckFailure(fatal.text, fatal.file, fatal.line, CurrentPlace());
}

// On a guarded thread the failure travels to the guard. One of Caffe's own prefetch threads gets the exception that its
// loop takes as the order to end, so that its net can still be destroyed.
void ArriveInCaller() {
  if (innermost == nullptr) throw boost::thread_interrupted();
  ThrowCheckFailure();
}

// A failure on a thread that is neither guarded nor Caffe's own has nobody to go to.
void HandleFailure(Failing failing) {
  if (innermost == nullptr && !ReportPrefetchFailureToAllAddons(TakeFatalLine())) {
    std::fprintf(stderr, "tscaffe: a check failed on a thread that no call of tscaffe waits for\n");
    std::abort();
  }
  // A signal handler is left for good. (Nothing of V8 is on a thread without a guard.)
  if (failing == Failing::INSTRUCTION && innermost != nullptr) SetProtectionKeys(innermost->protection_keys);
  ContinueInCaller(failing);
}

void InstallCheckFailure() { google::InstallFailureFunction(reinterpret_cast<void (*)()>(&OnCheckFailure)); }

}  // namespace tscaffe
