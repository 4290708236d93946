#include "guard/terminate.h"

#include <cxxabi.h>

#include <exception>
#include <mutex>
#include <string>

#include "caffe/headers.h"
#include "guard/addons.h"
#include "guard/guard.h"
#include "guard/log.h"
#include "guard/prefetch.h"

namespace tscaffe {

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
