#include "guard/threads.h"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tscaffe {

const char* const kNoThreads =
    "the system gives this process no more threads; look at the limits of the user (ulimit -u) and of the container "
    "(pids.max of its cgroup), and at what else runs";

CodedError NoThreads(const std::string& what) { return {"ERR_CAFFE_THREADS", what + ": " + kNoThreads}; }

void RequireThreads(int count, const char* what) {
  std::mutex mutex;
  std::condition_variable changed;
  bool enough = false;
  bool refused = false;
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&] {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return enough; });
      });
    }
  } catch (const std::system_error&) {
    refused = true;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex);
    enough = true;
  }
  changed.notify_all();
  for (auto& thread : threads) thread.join();
  if (refused) throw NoThreads(what);
}

}  // namespace tscaffe
