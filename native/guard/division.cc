#include "guard/division.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <ucontext.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "caffe_headers.h"
#include "guard/caller.h"
#include "guard/check_failure.h"
#include "guard/copies.h"
#include "guard/log.h"

namespace tscaffe {

namespace {

struct sigaction earlier;

Dl_info Locate(const void* address) {
  Dl_info info{};
  dladdr(address, &info);
  return info;
}

// In libcaffe, or in this addon, where the functions of Caffe's headers are compiled in. A guard may have JavaScript
// and other addons above it.
bool IsCaffes(const Dl_info& place) {
  for (auto* address :
       {reinterpret_cast<void*>(&caffe::Caffe::Get), reinterpret_cast<void*>(&InstallDivisionFailure)}) {
    if (place.dli_fbase == Locate(address).dli_fbase) return true;
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
  if ((earlier.sa_flags & SA_SIGINFO) != 0) {
    earlier.sa_sigaction(signal, info, context);
  } else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
    earlier.sa_handler(signal);
  } else {
    sigaction(SIGFPE, &earlier, nullptr);  // the instruction runs again, and ends the process
  }
}

// A signal of an instruction comes at that instruction only, where nothing holds a lock: this is an ordinary call.
void OnSignal(int signal, siginfo_t* info, void* context) {
  const Dl_info place = Locate(info->si_addr);
  if (info->si_code == FPE_INTDIV && IsCaffes(place)) {
    const char* slash = std::strrchr(place.dli_fname, '/');
    SetFatalLine({google::GLOG_FATAL, slash == nullptr ? place.dli_fname : slash + 1, 0,
                  "integer division by zero in " + NameOf(place)});
    PassFailureOn(Failing::INSTRUCTION);
    HandleFailure(Failing::INSTRUCTION);
  }
  PassOn(signal, info, context);
}

}  // namespace

void InstallDivisionFailure() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = &OnSignal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;  // the handler is left for good, and the next signal must come through
    sigaction(SIGFPE, &action, &earlier);
  });
}

}  // namespace tscaffe
