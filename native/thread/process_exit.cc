#include "thread/process_exit.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>

#include "thread/caffe_thread.h"

namespace tscaffe {

namespace {

std::mutex mutex;
std::set<CaffeThread*>& Threads() {
  static auto* threads = new std::set<CaffeThread*>();  // never destroyed: read while the process exits
  return *threads;
}

void OnExit(int status, void*) {
  bool at_work = false;
  {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto* thread : Threads()) at_work = at_work || thread->IsAtWork();
  }
  if (!at_work) return;
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

void EndProcessQuietly(CaffeThread* thread) {
  static std::once_flag once;
  // Registered after libcaffe's own static objects were made, and so called before they are destroyed.
  std::call_once(once, [] { on_exit(&OnExit, nullptr); });
  std::lock_guard<std::mutex> lock(mutex);
  Threads().insert(thread);
}

void ForgetProcessExit(CaffeThread* thread) {
  std::lock_guard<std::mutex> lock(mutex);
  Threads().erase(thread);
}

}  // namespace tscaffe
