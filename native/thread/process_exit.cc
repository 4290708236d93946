#include "thread/process_exit.h"

#include <unistd.h>

#include <algorithm>
#include <boost/thread.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
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
  std::mutex mutex;
  std::set<JobRunner*> runners;
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
  const auto& runners = All().runners;
  for (auto* runner : runners) runner->AskToEnd();
  return std::all_of(runners.begin(), runners.end(), [&](auto* runner) { return runner->AwaitEnd(until); });
}

bool EndReaders(Clock::time_point until) {
  std::vector<boost::shared_ptr<Layer>> layers;  // also those of a net that is half built
  std::vector<boost::shared_ptr<boost::thread>> threads;
  for (auto& known : All().readers) {
    auto layer = known.lock();
    auto* reader = dynamic_cast<caffe::InternalThread*>(layer.get());
    if (reader == nullptr || !reader->is_started()) continue;
    layers.push_back(layer);
    threads.push_back(reader->*Get(ReaderThread()));
    threads.back()->interrupt();
  }
  const boost::this_thread::disable_interruption whole;
  return std::all_of(threads.begin(), threads.end(), [&](auto& thread) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    return thread->timed_join(boost::posix_time::milliseconds(std::max<int64_t>(left, 0)));
  });
}

void OnExit(int status, void*) {
  bool have_ended = false;
  {
    std::lock_guard<std::mutex> lock(All().mutex);
    const auto until = Clock::now() + kPatience;
    have_ended = EndRunners(until) && EndReaders(until);
  }
  if (have_ended) return;
  // Not all streams: a reader that hangs in a file has its stream's lock.
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(status);
}

// With the mutex. After libcaffe's own static objects were made, and so called before they are destroyed.
void BeginWatch() {
  static const int registered = on_exit(&OnExit, nullptr);
  static_cast<void>(registered);
}

}  // namespace

void EndBeforeProcess(JobRunner* runner) {
  std::lock_guard<std::mutex> lock(All().mutex);
  BeginWatch();
  All().runners.insert(runner);
}

void EndBeforeProcess(const boost::shared_ptr<Layer>& layer) {
  if (dynamic_cast<caffe::InternalThread*>(layer.get()) == nullptr) return;
  std::lock_guard<std::mutex> lock(All().mutex);
  BeginWatch();
  auto& readers = All().readers;
  readers.erase(std::remove_if(readers.begin(), readers.end(), [](auto& known) { return known.expired(); }),
                readers.end());
  readers.emplace_back(layer);
}

void ForgetProcessExit(JobRunner* runner) {
  std::lock_guard<std::mutex> lock(All().mutex);
  All().runners.erase(runner);
}

void MoveToFrontOfExit() { on_exit(&OnExit, nullptr); }

}  // namespace tscaffe
