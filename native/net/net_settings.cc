// What may be set while a solver runs, and then counts from its next iteration on.
#include "net/loss_weights.h"
#include "net/multipliers.h"
#include "net/net_gate.h"

namespace tscaffe {

Napi::Value Net::BlobLossWeights(const Napi::CallbackInfo& info) {
  return Read("blobLossWeights", [&](auto& net) {
    auto weights = Napi::Array::New(info.Env());
    for (float weight : net.blob_loss_weights()) weights[weights.Length()] = Napi::Number::New(info.Env(), weight);
    return weights;
  });
}

// (blob, weight); a layer's callback may call it too. While a solver runs on Caffe's thread, from its next iteration on
void Net::SetBlobLossWeight(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    State();
    const int blob = info[0].As<Napi::Number>();
    const float weight = info[1].As<Napi::Number>();
    state_->Busy()->Adjust([state = state_, blob, weight] { SetLossWeight(state->Net(), blob, weight); });
  });
}

namespace {
float& MultiplierOf(caffe::Net<float>& net, const std::string& what, int layer, int param) {
  return what == "lr" ? RateMultiplier(net, layer, param) : DecayMultiplier(net, layer, param);
}
}  // namespace

// ("lr" | "decay", layer, learnable blob of it)
Napi::Value Net::Multiplier(const Napi::CallbackInfo& info) {
  return Read("multiplier", [&](auto& net) {
    const float value =
        MultiplierOf(net, info[0].As<Napi::String>(), info[1].As<Napi::Number>(), info[2].As<Napi::Number>());
    return Napi::Number::New(info.Env(), value);
  });
}

// (likewise, value): while a solver runs on Caffe's thread, from its next iteration on
void Net::SetMultiplier(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    State();
    const std::string what = info[0].As<Napi::String>();
    const int layer = info[1].As<Napi::Number>();
    const int param = info[2].As<Napi::Number>();
    const float value = info[3].As<Napi::Number>();
    state_->Busy()->Adjust(
        [state = state_, what, layer, param, value] { MultiplierOf(state->Net(), what, layer, param) = value; });
  });
}

}  // namespace tscaffe
