#include "thread/process_exit.h"

#include <unistd.h>

#include <algorithm>
#include <boost/thread.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "caffe/reveal.h"
#include "thread/job_runner.h"

namespace tscaffe {

// InternalThread joins without a limit.
struct ReaderThread {
  using Member = boost::shared_ptr<boost::thread> caffe::InternalThread::*;
  friend Member Get(ReaderThread);
};
template struct Reveal<ReaderThread, &caffe::InternalThread::thread_>;

namespace {

using Clock = std::chrono::steady_clock;
using Layer = caffe::Layer<float>;

struct Threads {
  std::mutex runners_mutex;                       // also while they end: none is destroyed meanwhile
  std::map<JobRunner*, std::thread::id> runners;  // and whose JavaScript asks them
  // Another one, since a runner that is to end may be making a layer. It waited for the end and the end for it, until
  // patience was over.
  std::mutex readers_mutex;
  std::vector<boost::weak_ptr<Layer>> readers;
};

Threads& All() {
  static auto* threads = new Threads();  // never destroyed: read while the process exits
  return *threads;
}

// A layer that computes, or a batch that is read, is not cut short. One that takes longer is left behind.
constexpr auto kPatience = std::chrono::seconds(5);

// For a batch they may wait for a reader, so they go first. Each ends before its next layer.
bool EndRunners(Clock::time_point until) {
  const std::lock_guard<std::mutex> lock(All().runners_mutex);
  const auto& runners = All().runners;
  for (auto& known : runners) known.first->AskToEnd();
  return std::all_of(runners.begin(), runners.end(), [&](auto& known) { return known.first->AwaitEnd(until); });
}

bool LetOwnRunnersRest(Clock::time_point until) {
  const std::lock_guard<std::mutex> lock(All().runners_mutex);
  std::vector<JobRunner*> own;
  for (auto& [runner, thread] : All().runners) {
    if (thread == std::this_thread::get_id()) own.push_back(runner);
  }
  for (auto* runner : own) runner->AskToRest();
  return std::all_of(own.begin(), own.end(), [&](auto* runner) { return runner->AwaitRest(until); });
}

bool EndReaders(Clock::time_point until) {
  std::vector<boost::shared_ptr<Layer>> layers;  // also those of a net that is half built
  std::vector<boost::shared_ptr<boost::thread>> threads;
  {
    const std::lock_guard<std::mutex> lock(All().readers_mutex);
    for (auto& known : All().readers) {
      auto layer = known.lock();
      auto* reader = dynamic_cast<caffe::InternalThread*>(layer.get());
      if (reader == nullptr || !reader->is_started()) continue;
      layers.push_back(layer);
      threads.push_back(reader->*Get(ReaderThread()));
      threads.back()->interrupt();
    }
  }
  const boost::this_thread::disable_interruption whole;
  return std::all_of(threads.begin(), threads.end(), [&](auto& thread) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    return thread->timed_join(boost::posix_time::milliseconds(std::max<int64_t>(left, 0)));
  });
}

// Once JavaScript has heard of the exit: whether a runner did not rest, and so patience is over.
bool is_late = false;

void OnExit(int status, void*) {
  const auto until = is_late ? Clock::now() : Clock::now() + kPatience;
  if (EndRunners(until) && EndReaders(until)) return;
  // Not all streams: a reader that hangs in a file has its stream's lock.
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(status);
}

// After libcaffe's own static objects were made, and so called before they are destroyed.
void BeginWatch() {
  static const int registered = on_exit(&OnExit, nullptr);
  static_cast<void>(registered);
}

}  // namespace

void EndBeforeProcess(JobRunner* runner) {
  BeginWatch();
  const std::lock_guard<std::mutex> lock(All().runners_mutex);
  All().runners.emplace(runner, std::this_thread::get_id());
}

void EndBeforeProcess(const boost::shared_ptr<Layer>& layer) {
  if (dynamic_cast<caffe::InternalThread*>(layer.get()) == nullptr) return;
  BeginWatch();
  const std::lock_guard<std::mutex> lock(All().readers_mutex);
  auto& readers = All().readers;
  readers.erase(std::remove_if(readers.begin(), readers.end(), [](auto& known) { return known.expired(); }),
                readers.end());
  readers.emplace_back(layer);
}

void ForgetProcessExit(JobRunner* runner) {
  const std::lock_guard<std::mutex> lock(All().runners_mutex);
  All().runners.erase(runner);
}

// Runners rest now rather than in OnExit: they may use a library for the first time, whose static objects would be
// destroyed before OnExit is called. A net of ImageData that was being built at process.exit() died in OpenCV.
void BeginProcessExit() {
  is_late = !LetOwnRunnersRest(Clock::now() + kPatience);
  on_exit(&OnExit, nullptr);
}

}  // namespace tscaffe
