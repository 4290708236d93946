// One layer of Caffe outside of any net: stock or TypeScript. src/layer/caffe-layer.ts makes it friendly.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "environment/environment.h"
#include "environment/object_wrap.h"
#include "guard/prefetch.h"
#include "layer/blob_lists.h"
#include "layer/layer_check.h"
#include "run/activity.h"

namespace tscaffe {

class CaffeLayer : public ObjectWrap<CaffeLayer>, private Wrapper {
 public:
  static constexpr const char* kName = "CaffeLayer";
  static Napi::Function Define(Napi::Env env);

  // (bytes of a LayerParameter, whether TypeScript makes it, registered or not)
  explicit CaffeLayer(const Napi::CallbackInfo& info);
  ~CaffeLayer() override;

 private:
  Napi::Value Type(const Napi::CallbackInfo& info);
  Napi::Value Binding(const Napi::CallbackInfo& info);
  Napi::Value BlobCounts(const Napi::CallbackInfo& info);
  Napi::Value AllowForceBackward(const Napi::CallbackInfo& info);
  Napi::Value Blobs(const Napi::CallbackInfo& info);
  void Setup(const Napi::CallbackInfo& info);
  void Reshape(const Napi::CallbackInfo& info);
  Napi::Value Forward(const Napi::CallbackInfo& info);
  void Backward(const Napi::CallbackInfo& info);
  Napi::Value ToProto(const Napi::CallbackInfo& info);
  void CheckLabels(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  bool IsCollected() const override { return Value().IsEmpty(); }
  void Abandon() override;
  caffe::Layer<float>& Layer() const;
  template <class Body>
  auto Run(const char* what, Body&& body);
  void RequireBlobs(Napi::Value bottom, Napi::Value top, const char* call) const;
  void ReportBytes(int64_t bytes);

  const std::shared_ptr<Environment> environment_;
  const std::shared_ptr<Activity> activity_ = std::make_shared<Activity>();
  boost::shared_ptr<caffe::Layer<float>> layer_;  // empty after dispose
  std::vector<PrefetchThread> prefetch_threads_;

  std::optional<LayerCheck> check_;  // once it has been set up
  bool whole_labels_ = true;
  BlobArguments bottom_{"bottom"}, top_{"top"};
  int64_t reported_bytes_ = 0;
};

}  // namespace tscaffe
