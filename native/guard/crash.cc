#include "guard/crash.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <ucontext.h>
#include <unwind.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "guard/addons.h"
#include "guard/caller.h"
#include "guard/guard.h"
#include "guard/log.h"
#include "guard/prefetch.h"

namespace tscaffe {

// Signals of instructions.

namespace {

// LMDB's own assertions end in SIGABRT.
constexpr std::array<int, 4> kSignals = {SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
std::array<struct sigaction, NSIG> earlier_actions;

Dl_info Locate(const void* address) {
  Dl_info info{};
  dladdr(address, &info);
  return info;
}

bool IsIn(const Dl_info& place, const char* library) {
  return place.dli_fname != nullptr && std::strstr(place.dli_fname, library) != nullptr;
}

// In libcaffe, or in this addon, where the functions of Caffe's headers are compiled in. A guard may have JavaScript
// and other addons above it.
bool IsCaffes(const Dl_info& place) {
  for (auto* address : {reinterpret_cast<void*>(&caffe::Caffe::Get), reinterpret_cast<void*>(&InstallSignalFailures)}) {
    if (place.dli_fbase == Locate(address).dli_fbase) return true;
  }
  return false;
}

const void* ProgramCounter(const ucontext_t& context) {
#ifdef __x86_64__
  return reinterpret_cast<const void*>(context.uc_mcontext.gregs[REG_RIP]);
#else
  return reinterpret_cast<const void*>(context.uc_mcontext.pc);
#endif
}

// The frames of the interrupted code, from within.
_Unwind_Reason_Code VisitFrame(_Unwind_Context* context, void* frames) {
  auto& list = *static_cast<std::vector<Dl_info>*>(frames);
  int interrupted = 0;
  const uintptr_t address = _Unwind_GetIPInfo(context, &interrupted);
  if (interrupted != 0 || !list.empty()) list.push_back(Locate(reinterpret_cast<const void*>(address)));
  constexpr size_t kDeepest = 12;
  return list.size() < kDeepest ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

// LMDB itself, or Caffe while it copies a record out of LMDB's map.
bool IsReadingLmdb(const Dl_info& place) {
  if (IsIn(place, "liblmdb")) return true;
  if (!IsIn(place, "/libc.so")) return false;  // JavaScript above all: V8 knows what to do with its own
  std::vector<Dl_info> frames;
  _Unwind_Backtrace(VisitFrame, &frames);
  for (auto& frame : frames) {
    if (IsIn(frame, "liblmdb")) return true;
    if (IsCaffes(frame)) return frame.dli_sname != nullptr && std::strstr(frame.dli_sname, "LMDBCursor") != nullptr;
    if (!IsIn(frame, "/libc.so") && !IsIn(frame, "libstdc++")) return false;
  }
  return false;
}

// Without its arguments.
std::string NameOf(const Dl_info& place) {
  if (place.dli_sname == nullptr) return "a function of Caffe";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(place.dli_sname, nullptr, nullptr, &status), &std::free);
  const std::string text = name ? name.get() : place.dli_sname;
  return text.substr(0, text.find('('));
}

void PassOn(int signal, siginfo_t* info, void* context) {
  const auto& action = earlier_actions[signal];
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    action.sa_handler(signal);
  } else {
    sigaction(signal, &action, nullptr);
    // An instruction runs again, and ends the process. A signal that was sent (kill -ABRT) does not come again: without
    // this the process survived the first one.
    if (info->si_code <= 0) raise(signal);
  }
}

[[noreturn]] void Fail(const Dl_info& place, const std::string& text) {
  const char* slash = std::strrchr(place.dli_fname, '/');
  SetFatalLine({google::GLOG_FATAL, slash == nullptr ? place.dli_fname : slash + 1, 0, text});
  PassFailureOn(Failing::INSTRUCTION);
  HandleFailure(Failing::INSTRUCTION);
}

// A signal of an instruction comes at that instruction only, where nothing holds a lock: this is an ordinary call.
void OnSignal(int signal, siginfo_t* info, void* context) {
  const Dl_info place = Locate(ProgramCounter(*static_cast<ucontext_t*>(context)));
  if (signal == SIGFPE) {
    if (info->si_code == FPE_INTDIV && IsCaffes(place)) Fail(place, "integer division by zero in " + NameOf(place));
  } else if (place.dli_fname != nullptr && IsReadingLmdb(place)) {
    Fail(place, "the LMDB is damaged: it points outside of its file");
  }
  PassOn(signal, info, context);
}

}  // namespace

void InstallSignalFailures() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = &OnSignal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;  // the handler is left for good, and the next signal must come through
    for (const int signal : kSignals) sigaction(signal, &action, &earlier_actions.at(signal));
  });
}

// Exceptions that nobody catches.

namespace {

std::terminate_handler earlier_handler = nullptr;

std::string TextOf(const std::exception_ptr& exception) {
  try {
    if (exception) std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    // Nothing is known of it.
  }
  return "an exception that is not a std::exception";
}

// Nobody catches the exception, so the stack is still as it was where it was thrown.
void OnTerminate() {
  static thread_local bool failed = false;
  if (!failed && !IsGuardedByAnyAddon() && IsThreadOfCaffe()) {
    failed = true;  // what is thrown instead may meet the same end
    SetFatalLine({google::GLOG_FATAL, "", 0, TextOf(std::current_exception())});
    if (std::current_exception()) abi::__cxa_end_catch();  // it is destroyed
    HandleFailure(Failing::EXCEPTION);
  }
  earlier_handler();
}

}  // namespace

void InstallTerminateFailure() {
  static std::once_flag once;
  std::call_once(once, [] { earlier_handler = std::set_terminate(&OnTerminate); });
}

}  // namespace tscaffe
