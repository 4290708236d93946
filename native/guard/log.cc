#include "guard/log.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "caffe/headers.h"
#include "guard/addons.h"
#include "guard/diagnosis.h"
#include "guard/place.h"

// glog writes the text of every fatal message after the process's first into one buffer, without a lock and without
// ever rewinding it: two threads that failed at once mixed their texts, and after 30 kB messages arrived empty (seen
// after 75 unknown layer types). It also prints a line to stderr for each, whatever its flags say. So the constructors
// of google::LogMessageFatal are defined here: the addon stands before libglog where libcaffe's symbols are looked up.
// They begin an ordinary message of severity ERROR, which has a buffer for each thread.
namespace {
thread_local google::LogMessage* fatal_message = nullptr;
}

namespace google {

LogMessageFatal::LogMessageFatal(const char* file, int line) : LogMessage(file, line, GLOG_ERROR) {
  fatal_message = this;
  tscaffe::NoteFailingFunction(__builtin_extract_return_addr(__builtin_return_address(0)));
}

LogMessageFatal::LogMessageFatal(const char* file, int line, const CheckOpString& result)
    : LogMessage(file, line, GLOG_ERROR) {
  fatal_message = this;
  stream() << "Check failed: " << *result.str_ << " ";
  delete result.str_;  // nobody else ever does
  tscaffe::NoteFailingFunction(__builtin_extract_return_addr(__builtin_return_address(0)));
}

}  // namespace google

namespace google::glog_internal_namespace_ {
// Exported by libglog, declared in none of its headers before 0.6. A second InitGoogleLogging ends the process, and
// another addon (or a second copy of this one) may have made the first.
__attribute__((visibility("default"))) bool IsGoogleLoggingInitialized();
}  // namespace google::glog_internal_namespace_

namespace tscaffe {

namespace {

thread_local LogLine fatal_line;
thread_local std::vector<LogLine> lines;  // of a thread that is inside a guard
thread_local int level = google::GLOG_WARNING;

std::mutex background_mutex;
std::vector<LogLine> background_lines;  // of Caffe's own threads: whoever comes first delivers them
std::atomic<bool> has_background_lines{false};
constexpr size_t kMostBackgroundLines = 1000;

void NoteLayer(const std::string& text) {
  if (auto layer = AnnouncedLayer(text)) EnterSetup(*layer, true);
  if (AnnouncesWholeNet(text)) LeaveLayer();
}

// glog calls this with its locks held: nothing here may log or call JavaScript.
struct Sink : google::LogSink {
  void send(google::LogSeverity severity, const char*, const char* file, int line, const struct ::tm*, const char* text,
            size_t length) override {
    LogLine entry{severity, file, line, std::string(text, length)};
    if (IsWritingFatalMessageInAnyAddon()) {
      fatal_line = std::move(entry);
    } else if (IsInnermostAddon()) {
      if (severity == google::GLOG_INFO) NoteLayer(entry.text);
      if (severity >= level) lines.push_back(std::move(entry));
    } else if (!IsGuardedByAnyAddon()) {
      std::lock_guard<std::mutex> lock(background_mutex);
      if (background_lines.size() < kMostBackgroundLines) background_lines.push_back(std::move(entry));
      has_background_lines = true;
    }
  }
};

}  // namespace

void InstallLog() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!google::glog_internal_namespace_::IsGoogleLoggingInitialized()) google::InitGoogleLogging("tscaffe");
    // What somebody sets for Caffe, GLOG_minloglevel=3 in the environment, would leave failing CHECKs without a text.
    FLAGS_minloglevel = std::min<int>(FLAGS_minloglevel, google::GLOG_ERROR);
    FLAGS_stderrthreshold = google::NUM_SEVERITIES;  // above fatal: nothing goes to stderr by itself
    for (int severity = 0; severity < google::NUM_SEVERITIES; ++severity) google::SetLogDestination(severity, "");
    static Sink sink;
    google::AddLogSink(&sink);
  });
}

std::vector<LogLine> TakeLogLines() {
  std::vector<LogLine> taken;
  taken.swap(lines);
  if (!has_background_lines) return taken;
  std::lock_guard<std::mutex> lock(background_mutex);
  has_background_lines = false;
  for (auto& line : background_lines) {
    if (line.severity >= level) taken.push_back(std::move(line));
  }
  background_lines.clear();
  return taken;
}

bool HasLogLines() { return !lines.empty(); }

LogLine TakeFatalLine() {
  LogLine taken;
  std::swap(taken, fatal_line);
  return taken;
}

void SetFatalLine(LogLine line) { fatal_line = std::move(line); }

void SetLogLevel(int severity) { level = severity; }

bool IsWritingFatalMessage() { return fatal_message != nullptr; }

void EndFatalMessage() {
  if (fatal_message == nullptr) return;
  fatal_message->~LogMessage();
  fatal_message = nullptr;
}

}  // namespace tscaffe
