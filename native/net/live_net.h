// A net together with what this addon keeps for it. Shared by the net's wrapper and by the solver that owns the net.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "caffe/headers.h"
#include "cuda/transfers.h"
#include "guard/prefetch.h"
#include "net/fusion.h"
#include "net/layer_checks.h"
#include "net/layer_hooks.h"
#include "net/nan_guard.h"
#include "run/activity.h"
#include "run/layer_clock.h"

namespace tscaffe {

// The arrays that a MemoryData layer reads its batches from.
// Caffe keeps bare pointers to them: the net keeps the arrays, until it gets others.
class InputArrays {
 public:
  // Copies `data` (n x channels x height x width) and `labels` (n), and gives them to the net's first layer.
  void Set(const caffe::Net<float>& net, const float* data, size_t data_count, const float* labels, size_t label_count);

 private:
  std::vector<float> data_, labels_;
};

class LiveNet {
 public:
  using Pointer = boost::shared_ptr<caffe::Net<float>>;

  // Gives the wrappers that the net's layers have seen so far their owner, and follows the net's progress from now on.
  LiveNet(Environment& environment, Pointer net, std::shared_ptr<Activity> activity);
  ~LiveNet();
  LiveNet(const LiveNet&) = delete;
  LiveNet& operator=(const LiveNet&) = delete;

  caffe::Net<float>& Net() const { return *net_; }
  const std::shared_ptr<Activity>& SharedActivity() const { return activity_; }
  const std::vector<PrefetchThread>& PrefetchThreads() const { return prefetch_threads_; }
  Listeners& Events() { return listeners_; }
  AfterLayer& AfterForward() { return after_forward_; }
  AfterLayer& AfterBackward() { return after_backward_; }
  LayerChecks& Checks() { return *checks_; }
  LayerClock& Clock() { return clock_; }
  Transfers& Transferred() { return *transfers_; }

  // From layer `first` to `last`; gives the weighted loss.
  float Forward(int first, int last);

  // What a MemoryData layer, the net's first, reads from now on.
  void SetInputArrays(const Napi::Float32Array& data, const Napi::Float32Array& labels);

  // For each layer its TypeScript object, or undefined, for the wrapper to keep: see JsLayer::HandOver.
  Napi::Array HandOverLayers(Napi::Env env) const;

  // What its blobs and weights take, data and diff.
  int64_t Bytes() const;

 private:
  void GiveClock(LayerClock* clock) const;
  bool IsWatched() const;

  const std::shared_ptr<Environment> environment_;
  const std::shared_ptr<Activity> activity_;
  // These outlive the net, which calls them.
  LayerClock clock_;
  Listeners listeners_;
  Fusion fusion_;
  BeforeLayer before_forward_;
  AfterLayer after_forward_;
  BeforeLayer before_backward_;
  AfterLayer after_backward_;
  std::unique_ptr<LayerChecks> checks_;
  std::unique_ptr<NanGuard> nan_guard_;
  InputArrays input_arrays_;
  Pointer net_;
  const MemoryWatch shared_params_;
  std::vector<PrefetchThread> prefetch_threads_;
  std::unique_ptr<Transfers> transfers_;
};

}  // namespace tscaffe
