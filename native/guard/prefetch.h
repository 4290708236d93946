// Failures on Caffe's own prefetch threads. Such a thread is not waited for by a guard; the call that waits for its
// batch is: that one fails with the thread's message, and every later call on the same net at once.
#pragma once

#include <pthread.h>

#include <boost/thread/exceptions.hpp>
#include <vector>

#include "guard/failure.h"
#include "guard/log.h"

namespace caffe {
template <typename Dtype>
class Layer;
template <typename Dtype>
class Net;
}  // namespace caffe

namespace tscaffe {

// Whether the calling thread is one of Caffe's own. A signal handler may ask.
bool IsThreadOfCaffe();

// On the failing thread: keeps its message and wakes the call that waits for it. False if the thread is not Caffe's
// own.
bool ReportPrefetchFailure(LogLine fatal);

// A thread that reads the batches of a layer.
struct PrefetchThread {
  pthread_t thread;
  LayerPlace reader;
};

// The prefetch threads of a net's data layers, or of one layer.
std::vector<PrefetchThread> PrefetchThreads(const caffe::Net<float>& net);
std::vector<PrefetchThread> PrefetchThreads(caffe::Layer<float>* layer);

// While this lives, a failure on one of `threads` interrupts the calling thread, and nothing else does. Throws if one
// has failed already. They nest: a layer may run another net, whose failures are not the outer one's, nor the other way
// round. Outside of all of them nothing interrupts the thread.
class PrefetchWait {
 public:
  explicit PrefetchWait(const std::vector<PrefetchThread>& threads);
  ~PrefetchWait();  // NOLINT(bugprone-exception-escape)
  PrefetchWait(const PrefetchWait&) = delete;
  PrefetchWait& operator=(const PrefetchWait&) = delete;

  // The failure that interrupted this thread, as an exception; call it where boost::thread_interrupted was caught.
  static void ThrowFailureOf(const std::vector<PrefetchThread>& threads);

 private:
  // Most nets have no such threads, and run inside of none that has.
  bool Matters() const { return !threads_.empty() || outer_ != nullptr; }

  const std::vector<PrefetchThread>& threads_;
  const PrefetchWait* const outer_;
};

// While this lives, nothing interrupts the calling thread: for JavaScript that a running net calls, and for the end of
// what has threads. Where another net's failure interrupted the wait for a thread's end, boost gave up the wait, and
// the thread went on in memory that had been freed.
class PrefetchPause {
 private:
  const std::vector<PrefetchThread> none_{};
  const PrefetchWait wait_{none_};
};

// Runs what may wait for batches: if a thread fails that reads them, its failure is thrown.
template <class Body>
auto WatchPrefetch(const std::vector<PrefetchThread>& threads, Body&& body) -> decltype(body()) {
  PrefetchWait wait(threads);
  try {
    return body();
  } catch (const boost::thread_interrupted&) {
    PrefetchWait::ThrowFailureOf(threads);
    throw CodedError("ERR_CAFFE_INTERNAL", "interrupted");
  }
}

}  // namespace tscaffe
