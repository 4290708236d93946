// A CHECK fails in F, some function of Caffe. F makes a LogMessageFatal, writes the text into it and lets its
// destructor go, which logs the message and calls glog's failure function. That must not return. It must not throw
// either: ~LogMessageFatal is implicitly noexcept, and F was compiled believing it, so an exception that passes them is
// std::terminate. But the constructor of LogMessageFatal may throw as far as F's unwind tables know, and what F would
// then destroy is just what it holds at the CHECK: the message itself is not yet one of its locals. So that
// constructor, which is ours (log.cc), notes the registers that F has at the call and F's frame on the stack. The
// failure function puts both back and goes on in a function that throws, with the stack as if F had called that one
// instead of the constructor (see registers.h). F is unwound as by any exception, and nothing of it is lost. Before, F
// was left without: a failed copyFrom of 40 MB lost its copy of them each time.
//
// F's frame, because what F only needs where the constructor throws is dead once that has returned, and a compiler may
// keep something else in the same place while the message is written.
//
// A function that threw what nobody catches is left likewise, from its call of __cxa_throw.
//
// Where a signal interrupted F, no unwind table knows the place. But F's caller G called a function that may throw. So
// the handler walks to G's frame and goes on as if G had called the throwing function instead of F. What is lost there
// is F's own locals.
#include "guard/caller.h"

#include <dlfcn.h>
#include <unwind.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "guard/addons.h"
#include "guard/registers.h"

namespace tscaffe {

namespace {

struct CallerFrame {
  Failing failing;
  Registers failing_registers;  // that F has at its call of the library
  Registers registers;          // that G has at its call of F
  bool is_destructor = false;   // F is one
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
      frame.failing_registers = Registers(context);
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

using Word = uintptr_t;

// F as it was when it called the constructor of its message.
struct FailingFunction {
  const void* return_address = nullptr;  // of the constructor
  bool is_found = false;
  Registers registers;
  std::vector<Word> frame;  // from the stack pointer on
};

thread_local FailingFunction noted;

// Word by word: the address sanitizer has its own bytes between the locals of a frame, which memcpy may not touch.
__attribute__((no_sanitize("address"))) void CopyWords(volatile Word* to, const volatile Word* from, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] = from[i];
}

// The frame of a function ends where the one of its caller begins.
_Unwind_Reason_Code NoteFrame(_Unwind_Context* context, void*) {
  if (noted.is_found) {
    constexpr size_t kMost = 1U << 17;
    const Word begin = noted.registers.StackPointer();
    const size_t count = (_Unwind_GetCFA(context) - begin) / sizeof(Word);
    if (count > kMost) return _URC_NORMAL_STOP;
    noted.frame.resize(count);
    CopyWords(noted.frame.data(), reinterpret_cast<const Word*>(begin), count);
    return _URC_NORMAL_STOP;
  }
  if (reinterpret_cast<const void*>(_Unwind_GetIP(context)) != noted.return_address) return _URC_NO_REASON;
  noted.is_found = true;
  noted.registers = Registers(context);
  return _URC_NO_REASON;
}

}  // namespace

void NoteFailingFunction(const void* return_address) {
  noted = {};
  noted.return_address = return_address;
  _Unwind_Backtrace(NoteFrame, nullptr);
}

// F's frame lies above this function's own.
void EnterFailingFunction(void (*function)()) {
  if (!noted.is_found) return;
  noted.is_found = false;
  CopyWords(reinterpret_cast<Word*>(noted.registers.StackPointer()), noted.frame.data(), noted.frame.size());
  noted.registers.Enter(function);
}

void ContinueInCaller(Failing failing) {
  if (failing == Failing::CHECK) EnterFailingFunctionOfAnyAddon(&ArriveInCaller);
  const CallerFrame caller = FindCaller(failing);
  if (caller.where != CallerFrame::FOUND) std::abort();
  (failing == Failing::EXCEPTION ? caller.failing_registers : caller.registers).Enter(&ArriveInCaller);
}

// SyncedMemory's destructor fails where a kernel has gone wrong before: CUDA then refuses to free anything.
void ReturnFromDestructor(Failing failing) {
  const CallerFrame caller = FindCaller(failing);
  if (caller.where == CallerFrame::FOUND && caller.is_destructor) caller.registers.Enter(&ReturnAtOnce);
}

}  // namespace tscaffe
