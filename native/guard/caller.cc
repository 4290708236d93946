// A CHECK fails in F, some function that G called. ~LogMessageFatal logs the message and calls glog's failure function,
// which must not return. It must not throw either: ~LogMessageFatal is implicitly noexcept, and F was compiled
// believing it, so an exception that passes them is std::terminate. But G's call of F may throw as far as G's unwind
// tables know. So the failure function walks to G's frame, restores the registers that G has at that call, and goes on
// in a function that throws, with the stack as if G had called that one instead of F. What is lost is F's own locals,
// some 20 bytes a failure. The same holds where F was interrupted by a signal, or threw what nobody catches.
#include "guard/caller.h"

#include <dlfcn.h>
#include <unwind.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "guard/guard.h"

#ifdef __x86_64__

namespace tscaffe {

namespace {

// The registers that G has when the function that it called returns: on x86-64 the callee-saved ones of System V. The
// order is known to the assembly below.
struct CallerFrame {
  uintptr_t rsp, rbx, rbp, r12, r13, r14, r15;
  Failing failing;
  bool is_destructor = false;  // F is one
  enum { OUTSIDE, IN_LIBRARY, AT_FAILING_FUNCTION, FOUND } where = OUTSIDE;
};

// In glog, or in the C++ run-time, which F called and which called us.
bool InLibrary(_Unwind_Context* context, Failing failing) {
  Dl_info module{};
  dladdr(reinterpret_cast<void*>(_Unwind_GetIP(context)), &module);
  return module.dli_fname != nullptr &&
         std::strstr(module.dli_fname, failing == Failing::CHECK ? "libglog" : "libstdc++") != nullptr;
}

// The one frame that stands at the very instruction, and not behind a call.
bool IsInterrupted(_Unwind_Context* context) {
  int before_instruction = 0;
  _Unwind_GetIPInfo(context, &before_instruction);
  return before_instruction != 0;
}

// By its mangled name, which ends with D0Ev, D1Ev or D2Ev.
bool IsDestructor(_Unwind_Context* context) {
  Dl_info symbol{};
  dladdr(reinterpret_cast<void*>(_Unwind_GetIP(context)), &symbol);
  if (symbol.dli_sname == nullptr || std::strncmp(symbol.dli_sname, "_ZN", 3) != 0) return false;
  const size_t length = std::strlen(symbol.dli_sname);
  const char* end = symbol.dli_sname + length - 4;
  return length > 8 && end[0] == 'D' && end[1] >= '0' && end[1] <= '2' && end[2] == 'E' && end[3] == 'v';
}

// Called for each frame outward: ours; the library's or the kernel's; then F, then G. At G the unwinder has already
// worked out what G's registers were.
_Unwind_Reason_Code VisitFrame(_Unwind_Context* context, void* argument) {
  auto& frame = *static_cast<CallerFrame*>(argument);
  switch (frame.where) {
    case CallerFrame::OUTSIDE:
      if (frame.failing == Failing::INSTRUCTION) {
        if (IsInterrupted(context)) frame.where = CallerFrame::AT_FAILING_FUNCTION;
      } else if (InLibrary(context, frame.failing)) {
        frame.where = CallerFrame::IN_LIBRARY;
      }
      return _URC_NO_REASON;
    case CallerFrame::IN_LIBRARY:
      if (InLibrary(context, frame.failing)) return _URC_NO_REASON;
      frame.where = CallerFrame::AT_FAILING_FUNCTION;
      frame.is_destructor = IsDestructor(context);
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

extern "C" [[noreturn]] __attribute__((noinline, used, visibility("hidden"))) void tscaffe_arrive_in_caller() {
  ArriveInCaller();
}

}  // namespace

void ContinueInCaller(Failing failing) {
  CallerFrame frame;
  frame.failing = failing;
  _Unwind_Backtrace(VisitFrame, &frame);
  if (frame.where != CallerFrame::FOUND) std::abort();
  asm volatile(
      "mov %0, %%rax\n mov 8(%%rax), %%rbx\n mov 16(%%rax), %%rbp\n mov 24(%%rax), %%r12\n mov 32(%%rax), %%r13\n"
      "mov 40(%%rax), %%r14\n mov 48(%%rax), %%r15\n mov (%%rax), %%rsp\n jmp tscaffe_arrive_in_caller\n" ::"r"(
          &frame.rsp)
      : "rax", "memory");
  __builtin_unreachable();
}

// SyncedMemory's destructor fails where a kernel has gone wrong before: CUDA then refuses to free anything.
void ReturnFromDestructor(Failing failing) {
  CallerFrame frame;
  frame.failing = failing;
  _Unwind_Backtrace(VisitFrame, &frame);
  if (frame.where != CallerFrame::FOUND || !frame.is_destructor) return;
  asm volatile(
      "mov %0, %%rax\n mov 8(%%rax), %%rbx\n mov 16(%%rax), %%rbp\n mov 24(%%rax), %%r12\n mov 32(%%rax), %%r13\n"
      "mov 40(%%rax), %%r14\n mov 48(%%rax), %%r15\n mov (%%rax), %%rsp\n ret\n" ::"r"(&frame.rsp)
      : "rax", "memory");
  __builtin_unreachable();
}

}  // namespace tscaffe

#else

#include <unistd.h>

namespace tscaffe {

// Elsewhere the way back is a jump to the guard: it skips destructors, so a failure leaks what was half built.
void ContinueInCaller(Failing) {
  auto* guard = GuardFrame::Innermost();
  if (guard == nullptr) {
    for (;;) pause();  // a prefetch thread: it cannot be unwound, and returning would end the process
  }
  std::longjmp(const_cast<GuardFrame*>(guard)->jump, 1);
}

void ReturnFromDestructor(Failing) {}

}  // namespace tscaffe

#endif
