#include "run/layer_clock.h"

#include "caffe/headers.h"
#include "run/gpu.h"

namespace tscaffe {

namespace {

using Nanoseconds = std::chrono::duration<double, std::nano>;

// Kernels are only started by the layer that needs them: their time is not another layer's.
void AwaitLayer() {
  if (caffe::Caffe::mode() == caffe::Caffe::GPU) AwaitGpu();
}

}  // namespace

void LayerClock::Begin() {
  in_layer_ = IsOn();
  if (!in_layer_) return;
  AwaitLayer();
  script_ = Clock::duration(0);
  begin_ = Clock::now();
}

void LayerClock::End(int layer, Pass pass) {
  if (!in_layer_) return;
  AwaitLayer();
  const Nanoseconds time = Clock::now() - begin_;
  in_layer_ = false;
  std::lock_guard<std::mutex> lock(mutex_);
  auto& times = times_[layer * PASSES + pass];
  times.calls += 1;
  times.nanoseconds += time.count();
  times.script += Nanoseconds(script_).count();
}

Napi::Value LayerClock::Sums(Napi::Env env) const {
  auto sums = Napi::Float64Array::New(env, times_.size() * 3);
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < times_.size(); ++i) {
    sums[i * 3] = times_[i].calls;
    sums[i * 3 + 1] = times_[i].nanoseconds;
    sums[i * 3 + 2] = times_[i].script;
  }
  return sums;
}

}  // namespace tscaffe
