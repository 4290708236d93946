#include "thread/process_exit.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>

#include "thread/job_runner.h"

namespace tscaffe {

namespace {

std::mutex mutex;
std::set<JobRunner*>& Runners() {
  static auto* runners = new std::set<JobRunner*>();  // never destroyed: read while the process exits
  return *runners;
}

void OnExit(int status, void*) {
  bool at_work = false;
  {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto* runner : Runners()) at_work = at_work || runner->IsAtWork();
  }
  if (!at_work) return;
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

void EndProcessQuietly(JobRunner* runner) {
  static std::once_flag once;
  // Registered after libcaffe's own static objects were made, and so called before they are destroyed.
  std::call_once(once, [] { on_exit(&OnExit, nullptr); });
  std::lock_guard<std::mutex> lock(mutex);
  Runners().insert(runner);
}

void ForgetProcessExit(JobRunner* runner) {
  std::lock_guard<std::mutex> lock(mutex);
  Runners().erase(runner);
}

}  // namespace tscaffe
