// Caffe's log: every line that glog writes is kept for the environment whose thread wrote it, never printed.
#pragma once

#include <string>
#include <vector>

namespace tscaffe {

struct LogLine {
  int severity = 0;  // glog's: 0 info, 1 warning, 2 error, 3 fatal
  std::string file;
  int line = 0;
  std::string text;
};

// Starts glog, once per process.
void InstallLog();

// The lines written by this thread, and by Caffe's own threads, since the last call.
std::vector<LogLine> TakeLogLines();

// Whether there are lines of this thread to take.
bool HasLogLines();

// The last fatal line of this thread.
LogLine TakeFatalLine();
// For a failure that glog has not seen.
void SetFatalLine(LogLine line);

// Lines below this severity are not kept for this thread's environment.
void SetLogLevel(int severity);

// Whether the message of a failing CHECK is being written on this thread, by this addon's constructors of it.
bool IsWritingFatalMessage();

// Frees it: the frame that holds it will never be returned to. Nothing if there is none.
void EndFatalMessage();

}  // namespace tscaffe
