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

struct ReadBatches {
  using Member = caffe::BlockingQueue<caffe::Batch<float>*> caffe::BasePrefetchingDataLayer<float>::*;
  friend Member Get(ReadBatches);
};
template struct Reveal<ReadBatches, &caffe::BasePrefetchingDataLayer<float>::prefetch_full_>;

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

struct Reader {
  boost::shared_ptr<Layer> layer;
  boost::shared_ptr<boost::thread> thread;
};

// Also those of a net that is half built.
std::vector<Reader> RunningReaders() {
  std::vector<Reader> running;
  const std::lock_guard<std::mutex> lock(All().readers_mutex);
  for (auto& known : All().readers) {
    auto layer = known.lock();
    auto* reader = dynamic_cast<caffe::InternalThread*>(layer.get());
    if (reader != nullptr && reader->is_started()) running.push_back({layer, reader->*Get(ReaderThread())});
  }
  return running;
}

bool EndReaders(Clock::time_point until) {
  auto readers = RunningReaders();
  for (auto& reader : readers) reader.thread->interrupt();
  const boost::this_thread::disable_interruption whole;
  return std::all_of(readers.begin(), readers.end(), [&](auto& reader) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    return reader.thread->timed_join(boost::posix_time::milliseconds(std::max<int64_t>(left, 0)));
  });
}

// Whether each has read a batch, or has ended.
bool AwaitFirstBatches(Clock::time_point until) {
  const boost::this_thread::disable_interruption whole;
  for (auto& [layer, thread] : RunningReaders()) {
    auto* data = dynamic_cast<caffe::BasePrefetchingDataLayer<float>*>(layer.get());
    if (data == nullptr) continue;
    while ((data->*Get(ReadBatches())).size() == 0 && !thread->timed_join(boost::posix_time::milliseconds(1))) {
      if (Clock::now() > until) return false;
    }
  }
  return true;
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

// Runners rest now rather than in OnExit, and readers have read a batch: they may use a library for the first time,
// whose static objects would be destroyed before OnExit is called. A net of ImageData that was being built at
// process.exit() died in OpenCV, and so did one of WindowData that had just been built. Readers go on: another listener
// of the exit may run their net.
void BeginProcessExit() {
  const auto until = Clock::now() + kPatience;
  is_late = !LetOwnRunnersRest(until) || !AwaitFirstBatches(until);
  on_exit(&OnExit, nullptr);
}

}  // namespace tscaffe
