#include "layer/js_layer.h"

#include <array>

#include "environment/environment.h"
#include "layer/registry.h"
#include "proto/message.h"
#include "thread/js_thread.h"

namespace tscaffe {

namespace {

constexpr const char* kCallbackNames[] = {"setup", "reshape", "forward", "backward", "forwardGpu", "backwardGpu"};

int Count(const Napi::Object& binding, const char* name) {
  Napi::Value value = binding.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
}

// Empty where there is none.
Napi::FunctionReference FunctionOf(const Napi::Object& binding, const char* name) {
  Napi::Value value = binding.Get(name);
  return value.IsFunction() ? Napi::Persistent(value.As<Napi::Function>()) : Napi::FunctionReference();
}

}  // namespace

JsLayer::JsLayer(const caffe::LayerParameter& parameter, Environment& environment)
    : Layer(parameter), environment_(Environment::Of(environment.Env())) {
  RegistryPause pause;
  auto env = environment_->Env();
  Napi::HandleScope scope(env);
  auto learnable = Napi::Array::New(env);
  for (auto& blob : blobs_) learnable[learnable.Length()] = Blob::Wrap(*environment_, blob);
  auto answer =
      environment_->bind_layer.Call({Napi::String::New(env, parameter.type()), BytesOf(env, parameter), learnable});
  auto binding = answer.As<Napi::Object>();
  binding_ = Napi::Persistent(binding);
  layer_ = Napi::Persistent(binding.Get("layer").As<Napi::Object>());
  learnable_ = Napi::Reference<Napi::Array>::New(learnable, 1);
  for (int i = 0; i < CALLBACKS; ++i) {
    callbacks_[i] = FunctionOf(binding, kCallbackNames[i]);
  }
  end_setup_ = FunctionOf(binding, "endSetup");
  allow_force_backward_ = FunctionOf(binding, "allowForceBackward");
  to_proto_ = FunctionOf(binding, "toProto");
  refuse_promise_ = FunctionOf(binding, "refusePromise");
  counts_ = {Count(binding, "exactNumBottomBlobs"), Count(binding, "minBottomBlobs"), Count(binding, "maxBottomBlobs"),
             Count(binding, "exactNumTopBlobs"),    Count(binding, "minTopBlobs"),    Count(binding, "maxTopBlobs")};
  equal_bottom_top_ = binding.Get("equalNumBottomTopBlobs").ToBoolean();
  auto_top_ = binding.Get("autoTopBlobs").ToBoolean();
}

JsLayer::~JsLayer() {
  bottom_.Return(*environment_);
  top_.Return(*environment_);
}

Napi::Object JsLayer::HandOver() {
  auto binding = binding_.Value();
  for (auto& callback : callbacks_) {
    if (!callback.IsEmpty()) callback.Unref();
  }
  for (auto* function : {&end_setup_, &allow_force_backward_, &to_proto_, &refuse_promise_}) {
    if (!function->IsEmpty()) function->Unref();
  }
  layer_.Unref();
  learnable_.Unref();
  binding_.Unref();
  return binding;
}

bool JsLayer::AllowForceBackward(int bottom) const {
  if (allow_force_backward_.IsEmpty()) return true;
  RegistryPause pause;
  Napi::HandleScope scope(environment_->Env());
  auto* self = const_cast<JsLayer*>(this);
  return self->allow_force_backward_.Call(self->layer_.Value(), {Napi::Number::New(environment_->Env(), bottom)})
      .ToBoolean();
}

void JsLayer::LayerSetUp(const Blobs& bottom, const Blobs& top) {
  if (!callbacks_[SETUP].IsEmpty())
    Run(SETUP, bottom, top, [this] { return std::array<napi_value, 2>{bottom_.Array(), top_.Array()}; });
  OnJsThread(*environment_, [this] {
    Napi::HandleScope scope(environment_->Env());
    TakeParamSpecs();
    TakeLearnableBlobs();
  });
}

void JsLayer::Reshape(const Blobs& bottom, const Blobs& top) {
  Run(RESHAPE, bottom, top, [this] { return std::array<napi_value, 2>{bottom_.Array(), top_.Array()}; });
  grown_loss_.Restore(*this, top);
}

void JsLayer::Forward_cpu(const Blobs& bottom, const Blobs& top) { RunForward(FORWARD, bottom, top); }

void JsLayer::Forward_gpu(const Blobs& bottom, const Blobs& top) {
  RunForward(callbacks_[FORWARD_GPU].IsEmpty() ? FORWARD : FORWARD_GPU, bottom, top);
}

void JsLayer::RunForward(Callback callback, const Blobs& bottom, const Blobs& top) {
  Run(callback, bottom, top, [this] { return std::array<napi_value, 2>{bottom_.Array(), top_.Array()}; });
}

void JsLayer::Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) {
  if (callbacks_[BACKWARD].IsEmpty()) {
    for (bool asked : propagate_down) {
      if (asked) Fail("a gradient is asked of it, but it has no method backward(top, propagateDown, bottom)");
    }
    return;
  }
  RunBackward(BACKWARD, top, propagate_down, bottom);
}

void JsLayer::Backward_gpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) {
  if (callbacks_[BACKWARD_GPU].IsEmpty()) {
    Backward_cpu(top, propagate_down, bottom);
  } else {
    RunBackward(BACKWARD_GPU, top, propagate_down, bottom);
  }
}

void JsLayer::RunBackward(Callback callback, const Blobs& top, const std::vector<bool>& propagate_down,
                          const Blobs& bottom) {
  Run(callback, bottom, top, [&] {
    return std::array<napi_value, 3>{top_.Array(), PropagateDown(propagate_down), bottom_.Array()};
  });
}

template <class Arguments>
void JsLayer::Run(Callback callback, const Blobs& bottom, const Blobs& top, Arguments&& arguments) {
  const ScriptTime time(clock_);
  OnJsThread(
      *environment_,
      [&] {
        RegistryPause pause;
        bottom_.Update(*environment_, bottom);
        top_.Update(*environment_, top);
        const auto list = arguments();
        return callbacks_[callback].Value().Call(layer_.Value(), list.size(), list.data());
      },
      [&](Napi::Object promise) { RefusePromise(callback, promise); });
}

void JsLayer::RefusePromise(Callback callback, Napi::Object promise) {
  // Nobody will wait for it, so nobody would take its rejection.
  auto ignore = Napi::Function::New(environment_->Env(), [](const Napi::CallbackInfo&) {});
  promise.Get("catch").As<Napi::Function>().Call(promise, {ignore});
  if (!refuse_promise_.IsEmpty()) refuse_promise_.Call(layer_.Value(), {});  // throws the layer's own error
  Fail(std::string(kCallbackNames[callback]) + "() returned a promise: " +
       (callback == SETUP ? "nets are built synchronously, so what it waits for must be there before"
                          : "that is for asynchronous calls (stepAsync, forwardAsync, train); in a synchronous one it "
                            "must be done when it returns"));
}

// Learnable blobs are what the user's `this.blobs` holds after setup.
void JsLayer::TakeLearnableBlobs() {
  auto learnable = learnable_.Value();
  blobs_.clear();
  for (uint32_t i = 0; i < learnable.Length(); ++i) {
    auto& owner = Blob::From(learnable.Get(i), ("blobs[" + std::to_string(i) + "]").c_str()).Owner();
    if (!owner)
      Fail("blobs[" + std::to_string(i) + "] is a bottom or top; learnable blobs are made with new Blob(...)");
    // Caffe's first update of a blob that nobody has ever written is fatal; looking at it fills it with zeros.
    if (owner->count() > 0) owner->cpu_data();
    blobs_.push_back(owner);
  }
}

// What addBlob says of learning rates holds where the prototxt says nothing. BatchNorm does the same: the net reads the
// rates from the layer's own parameters, after setup.
void JsLayer::TakeParamSpecs() {
  Napi::Value bytes = end_setup_.Call({});
  if (!bytes.IsTypedArray()) return;
  const auto defaults = MessageFrom<caffe::LayerParameter>(bytes, "param");
  for (int i = 0; i < defaults.param_size(); ++i) {
    auto spec = defaults.param(i);
    if (i < layer_param_.param_size()) {
      spec.MergeFrom(layer_param_.param(i));
      *layer_param_.mutable_param(i) = spec;
    } else {
      *layer_param_.add_param() = spec;
    }
  }
}

void JsLayer::ToProto(caffe::LayerParameter* parameter, bool write_diff) {
  Layer::ToProto(parameter, write_diff);
  if (to_proto_.IsEmpty()) return;
  google::protobuf::RepeatedPtrField<caffe::BlobProto> blobs;
  blobs.Swap(parameter->mutable_blobs());
  OnJsThread(*environment_, [&] {
    Napi::HandleScope scope(environment_->Env());
    Napi::Value bytes = to_proto_.Call(layer_.Value(), {BytesOf(environment_->Env(), *parameter)});
    parameter->Clear();
    ParseBytes(bytes, "toProto", parameter);
  });
  blobs.Swap(parameter->mutable_blobs());
}

napi_value JsLayer::PropagateDown(const std::vector<bool>& propagate_down) {
  if (propagate_down_array_.IsEmpty() || propagate_down != propagate_down_) {
    auto env = environment_->Env();
    auto array = Napi::Array::New(env, propagate_down.size());
    for (uint32_t i = 0; i < propagate_down.size(); ++i) array[i] = Napi::Boolean::New(env, propagate_down[i]);
    array.Freeze();
    propagate_down_array_ = Napi::Reference<Napi::Array>::New(array, 1);
    propagate_down_ = propagate_down;
  }
  return propagate_down_array_.Value();
}

void JsLayer::Fail(const std::string& text) const {
  throw CodedError("ERR_CAFFE_LAYER", "layer \"" + layer_param_.name() + "\" (" + layer_param_.type() + "): " + text);
}

}  // namespace tscaffe
