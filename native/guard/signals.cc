#include "guard/signals.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>

#include "caffe/headers.h"
#include "guard/addons.h"
#include "guard/caller.h"
#include "guard/guard.h"
#include "guard/log.h"
#include "guard/modules.h"
#include "guard/prefetch.h"

namespace tscaffe {

// Whose signal it is. Until that is known, nothing here allocates, takes a lock or uses a variable of the thread's own:
// it may come from malloc, which aborts with its lock held where the heap is corrupt, or from anywhere at all.

namespace {

// The frames of the interrupted code, from within.
struct Frames {
  std::array<const void*, 12> at;
  size_t count = 0;
};

_Unwind_Reason_Code VisitFrame(_Unwind_Context* context, void* list) {
  auto& frames = *static_cast<Frames*>(list);
  int interrupted = 0;
  const uintptr_t address = _Unwind_GetIPInfo(context, &interrupted);
  if (interrupted == 0 && frames.count == 0) return _URC_NO_REASON;  // ours, and the kernel's
  // The address is that behind a call, which is the next function's where a function ends with a call that never
  // returns.
  frames.at.at(frames.count++) = reinterpret_cast<const void*>(interrupted == 0 ? address - 1 : address);
  return frames.count < frames.at.size() ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

Frames InterruptedFrames() {
  Frames frames;
  _Unwind_Backtrace(VisitFrame, &frames);
  return frames;
}

const void* ProgramCounter(const ucontext_t& context) {
#ifdef __x86_64__
  return reinterpret_cast<const void*>(context.uc_mcontext.gregs[REG_RIP]);
#else
  return reinterpret_cast<const void*>(context.uc_mcontext.pc);
#endif
}

bool IsLmdbCursor(const void* address) {
  Dl_info place{};
  return dladdr(address, &place) != 0 && place.dli_sname != nullptr &&
         std::strstr(place.dli_sname, "LMDBCursor") != nullptr;
}

// LMDB itself, or Caffe while it copies a record out of LMDB's map: one function of libc, called by them. Two would be
// the likes of realloc, that find the heap corrupt.
bool IsReadingLmdb(const void* address) {
  if (ModuleOf(address) == Module::LMDB) return true;
  if (ModuleOf(address) != Module::LIBC) return false;  // JavaScript above all: V8 knows what to do with its own
  const Frames frames = InterruptedFrames();
  for (size_t i = 1; i < frames.count; ++i) {
    const Module module = ModuleOf(frames.at.at(i));
    if (module == Module::LIBSTDCXX) continue;
    return module == Module::LMDB || (IsCodeOfCaffe(frames.at.at(i)) && IsLmdbCursor(frames.at.at(i)));
  }
  return false;
}

// LMDB called abort(). Where it called malloc or free, and those called abort(), the heap is corrupt.
bool IsAssertionOfLmdb() {
  const Frames frames = InterruptedFrames();
  for (size_t i = 0; i + 1 < frames.count && ModuleOf(frames.at.at(i)) == Module::LIBC; ++i) {
    if (IsInAbort(frames.at.at(i))) return ModuleOf(frames.at.at(i + 1)) == Module::LMDB;
  }
  return false;
}

// By kill and its like, and not by an instruction.
bool IsSent(const siginfo_t& info) { return info.si_code <= 0; }

enum class Cause { NOT_CAFFES, DIVISION, LMDB };

Cause CauseOf(int signal, const siginfo_t& info, const void* address) {
  if (!IsGuardedByAnyAddon() && !IsThreadOfCaffe()) return Cause::NOT_CAFFES;
  switch (signal) {
    case SIGFPE:
      return info.si_code == FPE_INTDIV && IsCodeOfAnyAddon(address) ? Cause::DIVISION : Cause::NOT_CAFFES;
    case SIGABRT:
      return info.si_code == SI_TKILL && info.si_pid == getpid() && IsAssertionOfLmdb() ? Cause::LMDB
                                                                                        : Cause::NOT_CAFFES;
    default:
      return !IsSent(info) && IsReadingLmdb(address) ? Cause::LMDB : Cause::NOT_CAFFES;
  }
}

// Without its arguments.
std::string FunctionAt(const Dl_info& place) {
  if (place.dli_sname == nullptr) return "a function of Caffe";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(place.dli_sname, nullptr, nullptr, &status), &std::free);
  const std::string text = name ? name.get() : place.dli_sname;
  return text.substr(0, text.find('('));
}

// A signal of an instruction of Caffe's or LMDB's comes at that instruction only, where nothing holds a lock: this is
// an ordinary call. The handler is left for good, and the next signal must come through.
[[noreturn]] void Fail(Cause cause, const void* address, const ucontext_t& context) {
  pthread_sigmask(SIG_SETMASK, &context.uc_sigmask, nullptr);
  Dl_info place{};
  dladdr(address, &place);
  const char* path = place.dli_fname == nullptr ? "" : place.dli_fname;
  const char* slash = std::strrchr(path, '/');
  const std::string text = cause == Cause::DIVISION ? "integer division by zero in " + FunctionAt(place)
                                                    : "the LMDB is damaged: it points outside of its file";
  SetFatalLine({google::GLOG_FATAL, slash == nullptr ? path : slash + 1, 0, text});
  PassFailureOn(Failing::INSTRUCTION);
  HandleFailure(Failing::INSTRUCTION);
}

}  // namespace

bool IsCodeOfCaffe(const void* address) {
  const Module module = ModuleOf(address);
  return module == Module::CAFFE || module == Module::ADDON;
}

// Where it goes otherwise.

namespace {

bool IsNobody(const struct sigaction& action) { return action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN; }

// Where handlers and KeepSignals read and change what follows, one at a time. No signal comes to a thread there, so
// that no handler waits for the very thread that it has interrupted.
class Section {
 public:
  Section() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
    while (busy.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Section() {
    busy.clear(std::memory_order_release);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

 private:
  static inline std::atomic_flag busy = ATOMIC_FLAG_INIT;
  sigset_t before_{};
};

// What the process did with a signal before: first what was there when the addon was loaded, such as Node's handler for
// WebAssembly; then those that were put in the place of ours since, such as libuv's for process.on.
class Earlier {
 public:
  const struct sigaction& Last() const { return actions_.at(count_ - 1); }
  bool HasOnlyFirst() const { return count_ == 1; }
  void RemoveLast() { --count_; }

  // What is there already was put there again, and those after it are gone; nobody's leaves none of them.
  void Add(const struct sigaction& action) {
    size_t place = IsNobody(action) ? 0 : std::min<size_t>(count_, actions_.size() - 1);
    for (size_t i = 0; i < place; ++i) {
      if (actions_.at(i).sa_sigaction == action.sa_sigaction) place = i;
    }
    actions_.at(place) = action;
    count_ = place + 1;
  }

 private:
  std::array<struct sigaction, 8> actions_{};
  size_t count_ = 0;
};

// LMDB's own assertions end in SIGABRT.
constexpr std::array<int, 4> kSignals = {SIGFPE, SIGSEGV, SIGBUS, SIGABRT};
std::array<Earlier, NSIG> earlier;

// An instruction runs again when the handler returns, and so does its signal. One that was sent does not come again by
// itself: the process survived the first kill -ABRT.
void LetComeAgain(int signal, siginfo_t* info) {
  if (IsSent(*info)) syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, info);
}

// Leaves the signal to what is there otherwise: it gets it as if our handler had not been there, and may call or put
// back what it found in its place, which was ours. KeepSignals comes back before it.
std::atomic<bool> has_stepped_aside{false};
void StepAside(int signal, const struct sigaction& action) {
  has_stepped_aside = true;
  sigaction(signal, &action, nullptr);
}

// The handler that was there first, to be called, if it is the only one; otherwise steps aside.
const struct sigaction* FirstHandler(int signal) {
  const Section section;
  auto& actions = earlier.at(signal);
  if (!actions.HasOnlyFirst()) {
    StepAside(signal, actions.Last());
    actions.RemoveLast();
    return nullptr;
  }
  const auto& first = actions.Last();
  if (!IsNobody(first)) return &first;
  StepAside(signal, first);
  return nullptr;
}

void PassOn(int signal, siginfo_t* info, void* context) {
  const auto* first = FirstHandler(signal);
  if (first == nullptr) {
    LetComeAgain(signal, info);
  } else if ((first->sa_flags & SA_SIGINFO) != 0) {
    first->sa_sigaction(signal, info, context);
  } else {
    first->sa_handler(signal);
  }
}

void OnSignal(int signal, siginfo_t* info, void* context) {
  const int kept_errno = errno;
  const auto& interrupted = *static_cast<ucontext_t*>(context);
  const void* address = ProgramCounter(interrupted);
  const Cause cause = CauseOf(signal, *info, address);
  if (cause != Cause::NOT_CAFFES) Fail(cause, address, interrupted);
  PassOn(signal, info, context);
  errno = kept_errno;
}

bool IsOurs(const struct sigaction& action) { return action.sa_sigaction == &OnSignal; }

// With the flags and the blocked signals of the handler that may be called from ours: libuv's waits for itself where
// another signal interrupts it.
struct sigaction Ours(const struct sigaction& found) {
  struct sigaction action {};
  action.sa_sigaction = &OnSignal;
  action.sa_flags = SA_SIGINFO;
  if (IsNobody(found)) return action;
  action.sa_flags |= found.sa_flags & (SA_RESTART | SA_ONSTACK | SA_NODEFER);
  action.sa_mask = found.sa_mask;
  return action;
}

// Another thread may put one more there at the same time, or take it away: what was there in the end counts.
void PutBefore(int signal, struct sigaction found) {
  while (!IsOurs(found)) {
    earlier.at(signal).Add(found);
    const struct sigaction ours = Ours(found);
    struct sigaction replaced {};
    sigaction(signal, &ours, &replaced);
    if (replaced.sa_sigaction == found.sa_sigaction) return;
    found = replaced;
  }
}

}  // namespace

void KeepOwnSignals() {
  for (const int signal : kSignals) {
    struct sigaction found {};
    if (sigaction(signal, nullptr, &found) != 0 || IsOurs(found)) continue;
    const Section section;
    sigaction(signal, nullptr, &found);
    PutBefore(signal, found);
  }
}

void KeepSignalsInTime() {
  static std::atomic<int64_t> kept{0};
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  constexpr int64_t kSecond = 1000000000, kMillisecond = 1000000;
  const int64_t time = now.tv_sec * kSecond + now.tv_nsec;
  if (!has_stepped_aside && time - kept < kMillisecond) return;
  kept = time;
  has_stepped_aside = false;
  KeepSignals();
}

void InstallSignals() {
  static std::once_flag once;
  std::call_once(once, [] {
    NoteModules();
    static_cast<void>(IsThreadOfCaffe());  // what boost makes on first need
    KeepSignals();
  });
}

}  // namespace tscaffe
