#include "guard/fatal_message.h"

#include <string>

#include "caffe_headers.h"

namespace {
thread_local google::LogMessage* message = nullptr;
}

namespace google {

LogMessageFatal::LogMessageFatal(const char* file, int line) : LogMessage(file, line, GLOG_ERROR) { message = this; }

LogMessageFatal::LogMessageFatal(const char* file, int line, const CheckOpString& result)
    : LogMessage(file, line, GLOG_ERROR) {
  message = this;
  stream() << "Check failed: " << *result.str_ << " ";
  delete result.str_;  // nobody else ever does
}

}  // namespace google

namespace tscaffe {

bool IsWritingFatalMessage() { return message != nullptr; }

void EndFatalMessage() {
  if (message == nullptr) return;
  message->~LogMessage();
  message = nullptr;
}

}  // namespace tscaffe
