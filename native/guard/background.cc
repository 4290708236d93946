#include "guard/background.h"

#include <algorithm>
#include <boost/thread.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "caffe_headers.h"
#include "guard/failure.h"
#include "guard/reveal.h"

namespace tscaffe {

// InternalThread keeps its thread private, and offers no way to tell it apart from another.
struct ThreadMember {
  using Member = boost::shared_ptr<boost::thread> caffe::InternalThread::*;
  friend Member Get(ThreadMember);
};
template struct Reveal<ThreadMember, &caffe::InternalThread::thread_>;

namespace {

struct Waiter {
  boost::detail::thread_data_base* thread;
  const std::vector<pthread_t>* awaited;
};

std::mutex mutex;
std::vector<Waiter> waiters;
std::map<pthread_t, LogLine> failures;

thread_local bool own_thread = false;

// What boost::thread::interrupt does, for a thread that boost did not start.
void Interrupt(boost::detail::thread_data_base* thread) {
  boost::lock_guard<boost::mutex> lock(thread->data_mutex);
  thread->interrupt_requested = true;
  if (thread->current_cond != nullptr) {
    boost::pthread::pthread_mutex_scoped_lock inner(thread->cond_mutex);
    pthread_cond_broadcast(thread->current_cond);
  }
}

// Boost makes the record of a foreign thread on first need, with interruption switched off.
boost::detail::thread_data_base* InterruptibleRecord() {
  auto* thread = boost::detail::get_current_thread_data();
  if (thread == nullptr) {
    boost::this_thread::at_thread_exit([] {});
    thread = boost::detail::get_current_thread_data();
  }
  thread->interrupt_enabled = true;
  return thread;
}

// With `mutex` held.
void ThrowIfFailed(const std::vector<pthread_t>& threads) {
  for (auto thread : threads) {
    auto failure = failures.find(thread);
    if (failure == failures.end()) continue;
    auto& line = failure->second;
    throw CheckFailure(line.text + " (on the thread that reads a data layer's batches; this net can only be disposed)",
                       line.file, line.line, {});
  }
}

bool Contains(const std::vector<pthread_t>& threads, pthread_t thread) {
  return std::find(threads.begin(), threads.end(), thread) != threads.end();
}

}  // namespace

void MarkOwnThread() { own_thread = true; }

bool ReportBackgroundFailure(LogLine fatal) {
  if (own_thread || boost::detail::get_current_thread_data() == nullptr) return false;
  std::lock_guard<std::mutex> lock(mutex);
  failures[pthread_self()] = std::move(fatal);
  for (auto& waiter : waiters) {
    if (Contains(*waiter.awaited, pthread_self())) Interrupt(waiter.thread);
  }
  return true;
}

std::vector<pthread_t> PrefetchThreads(caffe::Layer<float>* layer) {
  auto* internal = dynamic_cast<caffe::InternalThread*>(layer);
  if (internal == nullptr || !internal->is_started()) return {};
  return {(internal->*Get(ThreadMember()))->native_handle()};
}

std::vector<pthread_t> PrefetchThreads(const caffe::Net<float>& net) {
  std::vector<pthread_t> threads;
  for (auto& layer : net.layers()) {
    for (auto thread : PrefetchThreads(layer.get())) threads.push_back(thread);
  }
  return threads;
}

void ForgetThreads(const std::vector<pthread_t>& threads) {
  if (threads.empty()) return;
  std::lock_guard<std::mutex> lock(mutex);
  for (auto thread : threads) failures.erase(thread);
}

PrefetchWait::PrefetchWait(const std::vector<pthread_t>& threads) : threads_(threads) {
  if (threads_.empty()) return;
  auto* record = InterruptibleRecord();
  std::lock_guard<std::mutex> lock(mutex);
  ThrowIfFailed(threads_);
  waiters.push_back({record, &threads_});
}

PrefetchWait::~PrefetchWait() {
  if (threads_.empty()) return;
  auto* record = boost::detail::get_current_thread_data();
  std::lock_guard<std::mutex> lock(mutex);
  waiters.erase(std::find_if(waiters.begin(), waiters.end(), [this](auto& w) { return w.awaited == &threads_; }));
  // A failure that came too late to be noticed in this call must not interrupt an unrelated one.
  boost::lock_guard<boost::mutex> inner(record->data_mutex);
  record->interrupt_requested = false;
}

void PrefetchWait::ThrowFailureOf(const std::vector<pthread_t>& threads) {
  std::lock_guard<std::mutex> lock(mutex);
  ThrowIfFailed(threads);
}

}  // namespace tscaffe
