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

// Says that the calling thread is one that enters guards itself, and so not Caffe's own.
void MarkOwnThread();

// Whether the calling thread is one of Caffe's own.
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

// While this lives, a failure on one of `threads` interrupts the calling thread. Throws if one has failed already.
class PrefetchWait {
 public:
  explicit PrefetchWait(const std::vector<PrefetchThread>& threads);
  ~PrefetchWait();  // NOLINT(bugprone-exception-escape)
  PrefetchWait(const PrefetchWait&) = delete;
  PrefetchWait& operator=(const PrefetchWait&) = delete;

  // The failure that interrupted this thread, as an exception; call it where boost::thread_interrupted was caught.
  static void ThrowFailureOf(const std::vector<PrefetchThread>& threads);

 private:
  const std::vector<PrefetchThread>& threads_;
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
