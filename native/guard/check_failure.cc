// The one clever file: a failing CHECK in an unmodified libcaffe becomes a C++ exception, with Caffe's full message and
// with every frame above the failing function properly unwound, half-built nets included, any number of times.
//
// CHECK fails in F, some function that G called. ~LogMessageFatal logs the message and calls glog's failure function,
// which must not return. It must not throw either: ~LogMessageFatal is implicitly noexcept, and F was compiled
// believing it, so an exception that passes them is std::terminate. But G's call of F may throw as far as G's unwind
// tables know. So the failure function walks to G's frame, restores the registers that G has at that call, and goes on
// in a function that throws, with the stack as if G had called that one instead of F. What is lost is F's own locals,
// some 20 bytes a failure.
#include "guard/check_failure.h"

#include <dlfcn.h>
#include <unwind.h>

#include <boost/thread/exceptions.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "caffe_headers.h"
#include "guard/background.h"
#include "guard/log.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

thread_local GuardFrame* innermost = nullptr;

// glog keeps one 30 kB buffer for the text of every fatal message after the first and never rewinds it: without this,
// messages arrive empty after about 30 kB of them (seen after 75 unknown layer types). A new fatal message gives access
// to that stream; it is never destroyed, for its destructor would fail again.
struct FatalStream : std::streambuf {
  static void Rewind() {
    alignas(google::LogMessageFatal) static char storage[sizeof(google::LogMessageFatal)];
    auto* message = new (storage) google::LogMessageFatal("", 0);
    std::streambuf* buffer = message->stream().rdbuf();
    auto begin = &FatalStream::pbase;
    auto end = &FatalStream::epptr;
    auto reset = &FatalStream::setp;
    (buffer->*reset)((buffer->*begin)(), (buffer->*end)());
  }
};

#ifdef __x86_64__

// The registers that G has when the function that it called returns: on x86-64 the callee-saved ones of System V. The
// order is known to the assembly below.
struct CallerFrame {
  uintptr_t rsp, rbx, rbp, r12, r13, r14, r15;
  enum { OUTSIDE, IN_GLOG, AT_FAILING_FUNCTION, FOUND } where = OUTSIDE;
};

bool InGlog(_Unwind_Context* context) {
  Dl_info module{};
  dladdr(reinterpret_cast<void*>(_Unwind_GetIP(context)), &module);
  return module.dli_fname != nullptr && std::strstr(module.dli_fname, "libglog") != nullptr;
}

// Called for each frame from the failure function outward: ours, glog's, then F (the first after glog), then G. At G
// the unwinder has already worked out what G's registers were.
_Unwind_Reason_Code VisitFrame(_Unwind_Context* context, void* argument) {
  auto& frame = *static_cast<CallerFrame*>(argument);
  switch (frame.where) {
    case CallerFrame::OUTSIDE:
      if (InGlog(context)) frame.where = CallerFrame::IN_GLOG;
      return _URC_NO_REASON;
    case CallerFrame::IN_GLOG:
      if (!InGlog(context)) frame.where = CallerFrame::AT_FAILING_FUNCTION;
      return _URC_NO_REASON;
    default:
      // The canonical frame address is where rsp stood before the call; the return address that the call pushed lies
      // just below it, untouched, so that a jump to the throwing function looks like that very call.
      frame.rsp = _Unwind_GetCFA(context) - sizeof(uintptr_t);
      frame.rbx = _Unwind_GetGR(context, 3);
      frame.rbp = _Unwind_GetGR(context, 6);
      frame.r12 = _Unwind_GetGR(context, 12);
      frame.r13 = _Unwind_GetGR(context, 13);
      frame.r14 = _Unwind_GetGR(context, 14);
      frame.r15 = _Unwind_GetGR(context, 15);
      frame.where = CallerFrame::FOUND;
      return _URC_NORMAL_STOP;
  }
}

// Where G goes on. On a guarded thread the failure travels to the guard. One of Caffe's own prefetch threads gets the
// exception that its loop takes as the order to end, so that its net can still be destroyed.
extern "C" [[noreturn]] __attribute__((noinline, used, visibility("hidden"))) void tscaffe_continue_in_caller() {
  if (innermost == nullptr) throw boost::thread_interrupted();
  ThrowCheckFailure();
}

[[noreturn]] void ContinueInCaller() {
  CallerFrame frame;
  _Unwind_Backtrace(VisitFrame, &frame);
  if (frame.where != CallerFrame::FOUND) std::abort();
  asm volatile(
      "mov %0, %%rax\n mov 8(%%rax), %%rbx\n mov 16(%%rax), %%rbp\n mov 24(%%rax), %%r12\n mov 32(%%rax), %%r13\n"
      "mov 40(%%rax), %%r14\n mov 48(%%rax), %%r15\n mov (%%rax), %%rsp\n jmp tscaffe_continue_in_caller\n" ::"r"(
          &frame.rsp)
      : "rax", "memory");
  __builtin_unreachable();
}

#else

// Elsewhere the way back is a jump to the guard: it skips destructors, so a failure leaks what was half built.
[[noreturn]] void ContinueInCaller() {
  if (innermost == nullptr) {
    for (;;) pause();  // a prefetch thread: it cannot be unwound, and returning would end the process
  }
  std::longjmp(innermost->jump, 1);
}

#endif

// glog has released its locks when it calls this. A failure on a thread that is neither guarded nor Caffe's own has
// nobody to go to.
[[noreturn]] void OnCheckFailure() {
  FatalStream::Rewind();
  if (innermost == nullptr && !ReportBackgroundFailure(TakeFatalLine())) {
    std::fprintf(stderr, "tscaffe: a check failed on a thread that no call of tscaffe waits for\n");
    std::abort();
  }
  ContinueInCaller();
}

}  // namespace

GuardFrame::GuardFrame() : outer_(innermost) { innermost = this; }
GuardFrame::~GuardFrame() { innermost = outer_; }

int GuardFrame::Depth() {
  int depth = 0;
  for (auto* frame = innermost; frame != nullptr; frame = frame->outer_) ++depth;
  return depth;
}

void ThrowCheckFailure() {
  LogLine fatal = TakeFatalLine();
  throw CheckFailure(fatal.text, fatal.file, fatal.line, CurrentPlace());
}

void InstallCheckFailure() { google::InstallFailureFunction(reinterpret_cast<void (*)()>(&OnCheckFailure)); }

}  // namespace tscaffe
