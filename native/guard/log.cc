#include "guard/log.h"

#include <strings.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "caffe_headers.h"
#include "guard/copies.h"
#include "guard/place.h"

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

// The layer registry and then net.cpp say which layer they are about to make ("Creating layer", "Creating Layer");
// nothing else does, since a layer's own CHECKs do not know its name. net.cpp says when it is done.
void NotePlace(const std::string& text) {
  static constexpr char kCreating[] = "Creating layer ";
  constexpr size_t length = sizeof(kCreating) - 1;
  if (strncasecmp(text.c_str(), kCreating, length) == 0) EnterSetup(text.substr(length), true);
  if (text.find("Network initialization done.") != std::string::npos) LeaveLayer();
}

// What fails is not the doing of the layer that was made last. Where the solver's rank is not 0, nothing is logged:
// neither that a net is done, nor which layer has an unknown type.
void LeaveLayerIfForeign(const LogLine& fatal) {
  if (fatal.file.find("solver") != std::string::npos) LeaveLayer();
  if (!IsAnnounced() && fatal.text.find("Unknown layer type") != std::string::npos) LeaveLayer();
  for (auto* text : {"propagate_down param must be specified", "Cannot copy param", "Incompatible number of blobs"}) {
    if (fatal.text.find(text) != std::string::npos) LeaveLayer();
  }
}

// glog calls this with its locks held: nothing here may log or call JavaScript.
struct Sink : google::LogSink {
  void send(google::LogSeverity severity, const char*, const char* file, int line, const struct ::tm*, const char* text,
            size_t length) override {
    LogLine entry{severity, file, line, std::string(text, length)};
    if (IsWritingFatalMessageInAnyCopy()) {
      LeaveLayerIfForeign(entry);
      fatal_line = std::move(entry);
    } else if (IsInnermostCopy()) {
      if (severity == google::GLOG_INFO) NotePlace(entry.text);
      if (severity >= level) lines.push_back(std::move(entry));
    } else if (!IsGuardedByAnyCopy()) {
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

}  // namespace tscaffe
