// What makes a net compute.
#include "layer/registry.h"
#include "net/net_gate.h"

#include "thread/job_runner.h"

namespace tscaffe {

// (first, last)
void Net::Forward(const Napi::CallbackInfo& info) {
  Change("forward", [&](auto& net) { net.ForwardFromTo(info[0].As<Napi::Number>(), info[1].As<Napi::Number>()); });
}

// (first, last), first >= last
void Net::Backward(const Napi::CallbackInfo& info) {
  Change("backward", [&](auto& net) { net.BackwardFromTo(info[0].As<Napi::Number>(), info[1].As<Napi::Number>()); });
}

// (first, last) -> a promise of the weighted loss
Napi::Value Net::ForwardAsync(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    State();
    const int first = info[0].As<Napi::Number>();
    const int last = info[1].As<Napi::Number>();
    auto loss = std::make_shared<float>();
    auto work = [state = state_, first, last, loss] {
      WatchPrefetch(state->PrefetchThreads(), [&] { *loss = state->Net().ForwardFromTo(first, last); });
    };
    auto result = [loss](Napi::Env env) { return Napi::Number::New(env, *loss); };
    return JobRunner::Of(*environment_).Start(
        std::make_unique<Job>(Value(), state_->Busy(), "forwardAsync", work, result, [] {}));
  });
}

// (first, last) -> a promise
Napi::Value Net::BackwardAsync(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    State();
    const int first = info[0].As<Napi::Number>();
    const int last = info[1].As<Napi::Number>();
    auto work = [state = state_, first, last] { state->Net().BackwardFromTo(first, last); };
    auto result = [](Napi::Env env) { return env.Undefined(); };
    return JobRunner::Of(*environment_).Start(
        std::make_unique<Job>(Value(), state_->Busy(), "backwardAsync", work, result, [] {}));
  });
}

void Net::Reshape(const Napi::CallbackInfo&) {
  Change("reshape", [](auto& net) { net.Reshape(); });
}

// (layer)
void Net::SetUpLayer(const Napi::CallbackInfo& info) {
  Change("setup", [&](auto& net) {
    RegistryReading reading;  // some layers make others
    const int layer = info[0].As<Napi::Number>();
    EnterLayer(net.layer_names(), layer, "setup");
    net.layers()[layer]->LayerSetUp(net.bottom_vecs()[layer], net.top_vecs()[layer]);
  });
}

// (layer)
void Net::ReshapeLayer(const Napi::CallbackInfo& info) {
  Change("reshape", [&](auto& net) {
    const int layer = info[0].As<Napi::Number>();
    EnterLayer(net.layer_names(), layer, "reshape");
    net.layers()[layer]->Reshape(net.bottom_vecs()[layer], net.top_vecs()[layer]);
  });
}

void Net::ClearParamDiffs(const Napi::CallbackInfo&) {
  Change("clearParamDiffs", [](auto& net) { net.ClearParamDiffs(); });
}

// (data, labels)
void Net::SetInputArrays(const Napi::CallbackInfo& info) {
  Change("setInputArrays",
         [&](auto&) { State().SetInputArrays(info[0].As<Napi::Float32Array>(), info[1].As<Napi::Float32Array>()); });
}

}  // namespace tscaffe
