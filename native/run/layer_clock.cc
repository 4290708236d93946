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

Napi::Object LayerClock::Times::To(Napi::Env env) const {
  auto times = Napi::Object::New(env);
  times["calls"] = Napi::Number::New(env, calls);
  times["nanoseconds"] = Napi::Number::New(env, nanoseconds);
  times["typescript"] = Napi::Number::New(env, script);
  return times;
}

Napi::Value LayerClock::Sums(Napi::Env env) const {
  std::vector<Times> times;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    times = times_;
  }
  const size_t layers = times.size() / PASSES;
  auto sums = Napi::Array::New(env, layers);
  for (uint32_t layer = 0; layer < layers; ++layer) {
    auto passes = Napi::Object::New(env);
    passes["forward"] = times[layer * PASSES + FORWARD].To(env);
    passes["backward"] = times[layer * PASSES + BACKWARD].To(env);
    sums[layer] = passes;
  }
  return sums;
}

}  // namespace tscaffe
