#include "guard/prefetch.h"

#include <algorithm>
#include <boost/thread.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "caffe/headers.h"
#include "caffe/reveal.h"
#include "guard/failure.h"
#include "guard/guard.h"

namespace tscaffe {

// InternalThread keeps its thread private, and offers no way to tell it apart from another.
struct ThreadMember {
  using Member = boost::shared_ptr<boost::thread> caffe::InternalThread::*;
  friend Member Get(ThreadMember);
};
template struct Reveal<ThreadMember, &caffe::InternalThread::thread_>;

namespace {

// The number of a thread that has been joined is used again: a failure counts as long as boost's record of the thread
// lives, which the data layer keeps.
struct PrefetchFailure {
  boost::weak_ptr<boost::detail::thread_data_base> thread;
  LogLine line;
};

std::mutex mutex;
std::map<pthread_t, PrefetchFailure> failures;
// What each thread that waits for batches is at work on: whose failure interrupts it.
std::map<boost::detail::thread_data_base*, const std::vector<PrefetchThread>*> awaited;

thread_local const PrefetchWait* innermost = nullptr;

// What boost::thread::interrupt does, for a thread that boost did not start.
void Interrupt(boost::detail::thread_data_base* thread) {
  boost::lock_guard<boost::mutex> lock(thread->data_mutex);
  thread->interrupt_requested = true;
  if (thread->current_cond != nullptr) {
    boost::pthread::pthread_mutex_scoped_lock inner(thread->cond_mutex);
    pthread_cond_broadcast(thread->current_cond);
  }
}

// Boost makes the record of a foreign thread on first need.
boost::detail::thread_data_base* OwnRecord() {
  auto* thread = boost::detail::get_current_thread_data();
  if (thread == nullptr) {
    boost::this_thread::at_thread_exit([] {});
    thread = boost::detail::get_current_thread_data();
  }
  return thread;
}

// With `mutex` held: the failure of the first of them that has failed, and who it is; else null.
std::pair<const PrefetchThread*, const PrefetchFailure*> FailureOf(const std::vector<PrefetchThread>& threads) {
  for (auto& thread : threads) {
    auto failure = failures.find(thread.thread);
    if (failure != failures.end() && !failure->second.thread.expired()) return {&thread, &failure->second};
  }
  return {};
}

// With `mutex` held.
void ThrowIfFailed(const std::vector<PrefetchThread>& threads) {
  const auto [thread, failure] = FailureOf(threads);
  if (failure == nullptr) return;
  auto& line = failure->line;
  throw CheckFailure(line.text + " (on the thread that reads this layer's batches; the net can only be disposed)",
                     line.file, line.line, thread->reader);
}

// With `mutex` held: from now on a failure of these, and of no other, interrupts the calling thread. One of before
// does, too: it may have come while the thread was at work on another net.
void Await(const std::vector<PrefetchThread>* threads) {
  auto* record = OwnRecord();
  threads == nullptr ? static_cast<void>(awaited.erase(record)) : static_cast<void>(awaited[record] = threads);
  boost::lock_guard<boost::mutex> inner(record->data_mutex);
  record->interrupt_enabled = threads != nullptr && !threads->empty();
  record->interrupt_requested = threads != nullptr && FailureOf(*threads).second != nullptr;
}

// With `mutex` held.
void ForgetEndedThreads() {
  for (auto it = failures.begin(); it != failures.end();) it = it->second.thread.expired() ? failures.erase(it) : ++it;
}

bool Contains(const std::vector<PrefetchThread>& threads, pthread_t thread) {
  return std::any_of(threads.begin(), threads.end(), [thread](auto& one) { return one.thread == thread; });
}

}  // namespace

bool IsThreadOfCaffe() { return !IsOwnThread() && boost::detail::get_current_thread_data() != nullptr; }

bool ReportPrefetchFailure(LogLine fatal) {
  if (!IsThreadOfCaffe()) return false;
  auto* thread = boost::detail::get_current_thread_data();
  std::lock_guard<std::mutex> lock(mutex);
  ForgetEndedThreads();
  failures[pthread_self()] = {thread->shared_from_this(), std::move(fatal)};
  for (auto& [waiter, threads] : awaited) {
    if (Contains(*threads, pthread_self())) Interrupt(waiter);
  }
  return true;
}

std::vector<PrefetchThread> PrefetchThreads(caffe::Layer<float>* layer) {
  auto* internal = dynamic_cast<caffe::InternalThread*>(layer);
  if (internal == nullptr || !internal->is_started()) return {};
  return {{(internal->*Get(ThreadMember()))->native_handle(), {layer->layer_param().name(), -1, "forward"}}};
}

std::vector<PrefetchThread> PrefetchThreads(const caffe::Net<float>& net) {
  std::vector<PrefetchThread> threads;
  for (size_t index = 0; index < net.layers().size(); ++index) {
    for (auto& thread : PrefetchThreads(net.layers()[index].get())) {
      threads.push_back(thread);
      threads.back().reader.index = static_cast<int>(index);
    }
  }
  return threads;
}

PrefetchWait::PrefetchWait(const std::vector<PrefetchThread>& threads) : threads_(threads), outer_(innermost) {
  if (!Matters()) return;
  std::lock_guard<std::mutex> lock(mutex);
  ThrowIfFailed(threads_);
  Await(&threads_);
  innermost = this;
}

// A mutex that cannot be locked leaves nothing to be saved.
PrefetchWait::~PrefetchWait() {  // NOLINT(bugprone-exception-escape)
  if (!Matters()) return;
  std::lock_guard<std::mutex> lock(mutex);
  Await(outer_ == nullptr ? nullptr : &outer_->threads_);
  innermost = outer_;
}

void PrefetchWait::ThrowFailureOf(const std::vector<PrefetchThread>& threads) {
  std::lock_guard<std::mutex> lock(mutex);
  ThrowIfFailed(threads);
}

}  // namespace tscaffe
