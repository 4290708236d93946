#include "net/live_net.h"

#include <caffe/layers/memory_data_layer.hpp>
#include <string>

#include "blob/blob.h"
#include "guard/failure.h"
#include "guard/prefetch.h"
#include "layer/js_layer.h"
#include "net/layer_names.h"
#include "net/net_access.h"
#include "net/shared_params.h"

namespace tscaffe {

void InputArrays::Set(const caffe::Net<float>& net, const float* data, size_t data_count, const float* labels,
                      size_t label_count) {
  auto* layer = net.layers().empty() ? nullptr : dynamic_cast<caffe::MemoryDataLayer<float>*>(net.layers()[0].get());
  if (layer == nullptr) {
    throw CodedError("ERR_CAFFE_LAYER", "setInputArrays: the net's first layer is not a MemoryData layer");
  }
  const size_t size = static_cast<size_t>(layer->channels()) * layer->height() * layer->width();
  const auto batch = static_cast<size_t>(layer->batch_size());
  if (label_count == 0 || label_count % batch != 0 || data_count != label_count * size) {
    throw CodedError("ERR_CAFFE_LAYER",
                     "setInputArrays: expected n labels and n x " + std::to_string(layer->channels()) + " x " +
                         std::to_string(layer->height()) + " x " + std::to_string(layer->width()) +
                         " values, n a multiple of the batch size " + std::to_string(batch) + ", but received " +
                         std::to_string(label_count) + " labels and " + std::to_string(data_count) + " values");
  }
  data_.assign(data, data + data_count);
  labels_.assign(labels, labels + label_count);
  layer->Reset(data_.data(), labels_.data(), static_cast<int>(label_count));
}

LiveNet::LiveNet(Environment& environment, Pointer net, std::shared_ptr<Activity> activity)
    : environment_(Environment::Of(environment.Env())),
      activity_(std::move(activity)),
      clock_(net->layers().size()),
      listeners_(environment),
      fusion_(*net, [this] { return IsWatched(); }),
      before_forward_(listeners_, "beforeForward", *net, clock_, LayerClock::FORWARD, &fusion_),
      after_forward_(listeners_, "afterForward", clock_, LayerClock::FORWARD, &fusion_),
      before_backward_(listeners_, "beforeBackward", *net, clock_, LayerClock::BACKWARD),
      after_backward_(listeners_, "afterBackward", clock_, LayerClock::BACKWARD),
      net_(std::move(net)),
      shared_params_(activity_, [this](const void* blob) { return KeepSharing(*net_, blob); }) {
  GiveDistinctNames(*net_);
  Napi::HandleScope scope(environment.Env());
  auto adopt = [&](const Blob::Shared& blob) {
    if (environment.blobs.Find(blob.get()) != nullptr) Blob::Wrap(environment, blob, activity_);
  };
  for (auto& blob : net_->blobs()) adopt(blob);
  for (auto& blob : net_->params()) adopt(blob);
  // In the order in which they are called: the checks see what a hook has changed, the guard what a layer has computed.
  net_->add_before_forward(&before_forward_);
  net_->add_before_backward(&before_backward_);
  checks_ = std::make_unique<LayerChecks>(*net_);
  nan_guard_ = std::make_unique<NanGuard>(environment, listeners_, *net_);
  net_->add_after_forward(&after_forward_);
  net_->add_after_backward(&after_backward_);
  prefetch_threads_ = tscaffe::PrefetchThreads(*net_);
  transfers_ = std::make_unique<Transfers>(*net_, *activity_, prefetch_threads_);
  GiveClock(&clock_);
}

void LiveNet::GiveClock(LayerClock* clock) const {
  for (auto& layer : net_->layers()) {
    auto* js_layer = dynamic_cast<JsLayer*>(layer.get());
    if (js_layer != nullptr) js_layer->SetClock(clock);
  }
}

LiveNet::~LiveNet() {
  GiveClock(nullptr);
  transfers_->Forget();
  auto outlive = [&](const Blob::Shared& blob) {
    if (auto* wrapper = environment_->blobs.Find(blob.get())) wrapper->Outlive();
  };
  for (auto& blob : net_->blobs()) outlive(blob);
  for (auto& blob : net_->params()) outlive(blob);
  const PrefetchPause pause;
  net_.reset();
}

// Whether somebody looks between its layers.
bool LiveNet::IsWatched() const {
  return before_forward_.IsWanted() || after_forward_.IsWanted() || nan_guard_->IsOn() || clock_.IsOn() ||
         NetAccess::DebugInfo(*net_);
}

float LiveNet::Forward(int first, int last) {
  const Fusion::Range range(fusion_, last);
  return net_->ForwardFromTo(first, last);
}

void LiveNet::SetInputArrays(const Napi::Float32Array& data, const Napi::Float32Array& labels) {
  input_arrays_.Set(*net_, data.Data(), data.ElementLength(), labels.Data(), labels.ElementLength());
}

Napi::Array LiveNet::HandOverLayers(Napi::Env env) const {
  auto layers = Napi::Array::New(env);
  for (auto& layer : net_->layers()) {
    auto* js_layer = dynamic_cast<JsLayer*>(layer.get());
    layers[layers.Length()] = js_layer == nullptr ? environment_->Env().Undefined() : js_layer->HandOver();
  }
  return layers;
}

int64_t LiveNet::Bytes() const {
  int64_t values = 0;
  for (auto& blob : net_->blobs()) values += blob->count();
  for (auto& blob : net_->params()) values += blob->count();
  return values * 2 * static_cast<int64_t>(sizeof(float));
}

}  // namespace tscaffe
