// A CHECK fails in F, some function that G called. ~LogMessageFatal logs the message and calls glog's failure function,
// which must not return. It must not throw either: ~LogMessageFatal is implicitly noexcept, and F was compiled
// believing it, so an exception that passes them is std::terminate. But G's call of F may throw as far as G's unwind
// tables know. So the failure function walks to G's frame, restores the registers that G has at that call, and goes on
// in a function that throws, with the stack as if G had called that one instead of F (see registers.h). What is lost is
// F's own locals, some 20 bytes a failure. The same holds where F was interrupted by a signal, or threw what nobody
// catches.
#include "guard/caller.h"

#include <dlfcn.h>
#include <unwind.h>

#include <cstdlib>
#include <cstring>

#include "guard/registers.h"

namespace tscaffe {

namespace {

struct CallerFrame {
  Failing failing;
  Registers registers;         // that G has at its call of F
  bool is_destructor = false;  // F is one
  enum { OUTSIDE, IN_LIBRARY, AT_FAILING_FUNCTION, FOUND } where = OUTSIDE;
};

// The address is that behind a call, which is the next function's where a function ends with a call that never returns.
const void* CallOf(_Unwind_Context* context) { return reinterpret_cast<const void*>(_Unwind_GetIP(context) - 1); }

// In glog, or in the C++ run-time, which F called and which called us.
bool InLibrary(_Unwind_Context* context, Failing failing) {
  Dl_info module{};
  dladdr(CallOf(context), &module);
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
  dladdr(CallOf(context), &symbol);
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
      frame.registers = Registers(context);
      frame.where = CallerFrame::FOUND;
      return _URC_NORMAL_STOP;
  }
}

CallerFrame FindCaller(Failing failing) {
  CallerFrame frame;
  frame.failing = failing;
  _Unwind_Backtrace(VisitFrame, &frame);
  return frame;
}

void ReturnAtOnce() {}

}  // namespace

void ContinueInCaller(Failing failing) {
  const CallerFrame caller = FindCaller(failing);
  if (caller.where != CallerFrame::FOUND) std::abort();
  caller.registers.Enter(&ArriveInCaller);
}

// SyncedMemory's destructor fails where a kernel has gone wrong before: CUDA then refuses to free anything.
void ReturnFromDestructor(Failing failing) {
  const CallerFrame caller = FindCaller(failing);
  if (caller.where == CallerFrame::FOUND && caller.is_destructor) caller.registers.Enter(&ReturnAtOnce);
}

}  // namespace tscaffe
