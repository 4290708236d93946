#include "net/net_state.h"

#include "blob/blob.h"
#include "guard/background.h"
#include "layer/js_layer.h"

namespace tscaffe {

NetState::NetState(Environment& environment, Pointer net, std::shared_ptr<Activity> activity)
    : environment_(Environment::Of(environment.Env())), activity_(std::move(activity)), net_(std::move(net)) {
  Napi::HandleScope scope(environment.Env());
  auto adopt = [&](const Blob::Shared& blob) {
    if (environment.blobs.count(blob.get()) > 0) Blob::Wrap(environment, blob, activity_);
  };
  for (auto& blob : net_->blobs()) adopt(blob);
  for (auto& blob : net_->params()) adopt(blob);
  for (int moment = 0; moment < MOMENTS; ++moment) {
    hooks_.push_back(std::make_unique<LayerHooks>(environment, *net_, static_cast<Moment>(moment)));
  }
  net_->add_before_forward(hooks_[BEFORE_FORWARD].get());
  net_->add_after_forward(hooks_[AFTER_FORWARD].get());
  net_->add_before_backward(hooks_[BEFORE_BACKWARD].get());
  net_->add_after_backward(hooks_[AFTER_BACKWARD].get());
  prefetch_threads_ = tscaffe::PrefetchThreads(*net_);
}

NetState::~NetState() {
  net_.reset();
  ForgetThreads(prefetch_threads_);
}

Napi::Array NetState::HandOverLayers(Napi::Env env) const {
  auto layers = Napi::Array::New(env);
  for (auto& layer : net_->layers()) {
    auto* js_layer = dynamic_cast<JsLayer*>(layer.get());
    if (js_layer != nullptr) layers[layers.Length()] = js_layer->HandOver();
  }
  return layers;
}

int64_t NetState::Bytes() const {
  int64_t values = 0;
  for (auto& blob : net_->blobs()) values += blob->count();
  for (auto& blob : net_->params()) values += blob->count();
  return values * 2 * static_cast<int64_t>(sizeof(float));
}

}  // namespace tscaffe
