#include "layer/caffe_layer.h"

#include "engine/engine.h"
#include "environment/gate.h"
#include "guard/prefetch.h"
#include "layer/in_place.h"
#include "layer/js_layer.h"
#include "layer/registry.h"
#include "layer/set_up_again.h"
#include "proto/message.h"

namespace tscaffe {

namespace {

using Pointer = boost::shared_ptr<caffe::Layer<float>>;
using Pointers = std::vector<caffe::Blob<float>*>;

// Caffe's own wrappers are inline: a CHECK of theirs fails in the function that they are compiled into, which is left
// as a whole (guard/caller.cc). So each is a function of its own, with nothing of ours in it.
__attribute__((noinline)) Pointer CreateStock(const caffe::LayerParameter& parameter) {
  return caffe::LayerRegistry<float>::CreateLayer(parameter);
}
__attribute__((noinline)) void SetUpLayer(caffe::Layer<float>& layer, const Pointers& bottom, const Pointers& top) {
  layer.SetUp(bottom, top);
}
__attribute__((noinline)) float ForwardLayer(caffe::Layer<float>& layer, const Pointers& bottom, const Pointers& top) {
  return layer.Forward(bottom, top);
}
__attribute__((noinline)) void BackwardLayer(caffe::Layer<float>& layer, const Pointers& top,
                                             const std::vector<bool>& propagate_down, const Pointers& bottom) {
  layer.Backward(top, propagate_down, bottom);
}

std::string NameOf(Role role, int index) {
  const char* list = role == Role::BOTTOM ? "bottom" : role == Role::TOP ? "top" : "blobs";
  return std::string(list) + "[" + std::to_string(index) + "]";
}

}  // namespace

Napi::Function CaffeLayer::Define(Napi::Env env) {
  return DefineClass(
      env, "CaffeLayer",
      {InstanceMethod<&CaffeLayer::Type>("type"), InstanceMethod<&CaffeLayer::Binding>("binding"),
       InstanceMethod<&CaffeLayer::BlobCounts>("blobCounts"),
       InstanceMethod<&CaffeLayer::AllowForceBackward>("allowForceBackward"),
       InstanceMethod<&CaffeLayer::Blobs>("blobs"), InstanceMethod<&CaffeLayer::Setup>("setup"),
       InstanceMethod<&CaffeLayer::Reshape>("reshape"), InstanceMethod<&CaffeLayer::Forward>("forward"),
       InstanceMethod<&CaffeLayer::Backward>("backward"), InstanceMethod<&CaffeLayer::ToProto>("toProto"),
       InstanceMethod<&CaffeLayer::CheckLabels>("checkLabels"), InstanceMethod<&CaffeLayer::Dispose>("dispose")});
}

CaffeLayer::CaffeLayer(const Napi::CallbackInfo& info)
    : ObjectWrap(info), Wrapper(Environment::OwnersOf(info.Env())), environment_(Environment::Of(info.Env())) {
  Running(*environment_, [&] {
    RegistryReading reading;
    const EngineScope scope(Engine::CAFFE);  // a net that is being built may have another
    auto parameter = MessageFrom<caffe::LayerParameter>(info[0], "layer");
    EnterLayer(parameter.name(), "setup");
    const bool scripted = info[1].As<Napi::Boolean>();
    layer_ = scripted ? Pointer(new JsLayer(parameter, *environment_)) : CreateStock(parameter);
  });
}

CaffeLayer::~CaffeLayer() { CaffeLayer::Abandon(); }

void CaffeLayer::Abandon() {
  const PrefetchPause pause;
  check_.reset();
  layer_.reset();
  prefetch_threads_.clear();
  ReportBytes(0);
}

void CaffeLayer::ReportBytes(int64_t bytes) {
  if (bytes != reported_bytes_) {
    Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), bytes - reported_bytes_);
  }
  reported_bytes_ = bytes;
}

caffe::Layer<float>& CaffeLayer::Layer() const {
  if (!layer_) throw CodedError("ERR_CAFFE_DISPOSED", "the layer has been disposed");
  return *layer_;
}

// For what calls the layer; one at a time.
template <class Body>
auto CaffeLayer::Run(const char* what, Body&& body) {
  return Running(*environment_, [&] {
    auto& layer = Layer();
    RunScope running(*activity_, what);
    EnterLayer(layer.layer_param().name(), what);
    return WatchPrefetch(prefetch_threads_, [&] { return body(layer); });
  });
}

void CaffeLayer::RequireBlobs(Napi::Value bottom, Napi::Value top, const char* call) const {
  if (!check_) throw CodedError("ERR_CAFFE_LAYER", std::string(call) + ": call setup first");
  bottom_.RequireSame(bottom, call);
  top_.RequireSame(top, call);
}

Napi::Value CaffeLayer::Type(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::String::New(info.Env(), Layer().type()); });
}

// What TypeScript answered when asked for the layer, for the wrapper to keep; undefined for a stock layer.
Napi::Value CaffeLayer::Binding(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&]() -> Napi::Value {
    auto* js_layer = dynamic_cast<JsLayer*>(&Layer());
    return js_layer != nullptr ? js_layer->HandOver() : info.Env().Undefined();
  });
}

// -> { exactNumBottomBlobs, ... }: -1 where the number does not matter
Napi::Value CaffeLayer::BlobCounts(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto& layer = Layer();
    auto counts = Napi::Object::New(info.Env());
    counts["exactNumBottomBlobs"] = Napi::Number::New(info.Env(), layer.ExactNumBottomBlobs());
    counts["minBottomBlobs"] = Napi::Number::New(info.Env(), layer.MinBottomBlobs());
    counts["maxBottomBlobs"] = Napi::Number::New(info.Env(), layer.MaxBottomBlobs());
    counts["exactNumTopBlobs"] = Napi::Number::New(info.Env(), layer.ExactNumTopBlobs());
    counts["minTopBlobs"] = Napi::Number::New(info.Env(), layer.MinTopBlobs());
    counts["maxTopBlobs"] = Napi::Number::New(info.Env(), layer.MaxTopBlobs());
    return counts;
  });
}

// (bottom)
Napi::Value CaffeLayer::AllowForceBackward(const Napi::CallbackInfo& info) {
  return Running(*environment_, [&] {
    return Napi::Boolean::New(info.Env(), Layer().AllowForceBackward(info[0].As<Napi::Number>()));
  });
}

Napi::Value CaffeLayer::Blobs(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto blobs = Napi::Array::New(info.Env());
    for (auto& blob : Layer().blobs()) blobs[blobs.Length()] = Blob::Wrap(*environment_, blob, activity_);
    return blobs;
  });
}

// An HDF5Data layer reads as many datasets as its parameter names tops, and without any follows a pointer to the first.
static void RequireTopNames(const caffe::Layer<float>& layer, size_t tops) {
  const auto& parameter = layer.layer_param();
  if (std::string(layer.type()) != "HDF5Data" || parameter.top_size() == static_cast<int>(tops)) return;
  throw CodedError("ERR_CAFFE_LAYER", "setup: HDF5Data reads the datasets that its tops are named for, so it needs " +
                                          std::to_string(tops) + " names (top: ['data', 'label']), but has " +
                                          std::to_string(parameter.top_size()));
}

// (bottom, top)
void CaffeLayer::Setup(const Napi::CallbackInfo& info) {
  Run("setup", [&](auto& layer) {
    RegistryReading reading;  // some layers make others
    RequireNoReader(layer);
    check_.reset();
    bottom_.Take(info[0]);
    top_.Take(info[1]);
    RequireTopNames(layer, top_.Blobs().size());
    RequireTopsOfItsOwn(layer, bottom_.Blobs(), top_.Blobs());
    SetUpLayer(layer, bottom_.Blobs(), top_.Blobs());
    check_.emplace(layer, top_.Blobs());
    int64_t values = 0;
    for (auto& blob : layer.blobs()) values += blob->count();
    ReportBytes(values * 2 * static_cast<int64_t>(sizeof(float)));
  });
  prefetch_threads_ = PrefetchThreads(layer_.get());
}

// (bottom, top)
void CaffeLayer::Reshape(const Napi::CallbackInfo& info) {
  Run("reshape", [&](auto& layer) {
    RequireBlobs(info[0], info[1], "reshape");
    check_->BeforeReshape(bottom_.Blobs(), top_.Blobs());
    layer.Reshape(bottom_.Blobs(), top_.Blobs());
  });
}

// (bottom, top) -> the weighted loss
Napi::Value CaffeLayer::Forward(const Napi::CallbackInfo& info) {
  return Run("forward", [&](auto& layer) {
    RequireBlobs(info[0], info[1], "forward");
    check_->BeforeForward(bottom_.Blobs(), top_.Blobs(), whole_labels_, &NameOf);
    const float loss = ForwardLayer(layer, bottom_.Blobs(), top_.Blobs());
    check_->AfterForward(bottom_.Blobs(), top_.Blobs());
    return Napi::Number::New(info.Env(), loss);
  });
}

// (top, propagateDown, bottom)
void CaffeLayer::Backward(const Napi::CallbackInfo& info) {
  Run("backward", [&](auto& layer) {
    RequireBlobs(info[2], info[0], "backward");
    std::vector<bool> propagate_down;
    auto asked = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < asked.Length(); ++i) propagate_down.push_back(asked.Get(i).ToBoolean());
    if (propagate_down.size() != bottom_.Blobs().size()) {
      throw CodedError("ERR_CAFFE_LAYER", "backward: expected propagateDown of " +
                                              std::to_string(bottom_.Blobs().size()) + " bottom blobs but received " +
                                              std::to_string(propagate_down.size()));
    }
    check_->BeforeBackward(bottom_.Blobs(), top_.Blobs(), whole_labels_, &NameOf);
    BackwardLayer(layer, top_.Blobs(), propagate_down, bottom_.Blobs());
  });
}

// (with diffs) -> bytes of a LayerParameter
Napi::Value CaffeLayer::ToProto(const Napi::CallbackInfo& info) {
  return Running(*environment_, [&] {
    caffe::LayerParameter parameter;
    Layer().ToProto(&parameter, info[0].As<Napi::Boolean>());
    return BytesOf(info.Env(), parameter);
  });
}

// (whether)
void CaffeLayer::CheckLabels(const Napi::CallbackInfo& info) { whole_labels_ = info[0].As<Napi::Boolean>(); }

void CaffeLayer::Dispose(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    activity_->RequireIdle("dispose");
    Abandon();
  });
}

}  // namespace tscaffe
