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

// The job at hand of this thread, if it builds the net that the layer is for.
const Job* JobThatBuilds() {
  auto* runner = JobRunner::Current();
  return runner != nullptr && runner->AtHand().builds ? &runner->AtHand() : nullptr;
}

}  // namespace

JsLayer::JsLayer(const caffe::LayerParameter& parameter, Environment& environment)
    : Layer(parameter), environment_(Environment::Of(environment.Env())), script_(new Script) {
  script_->environment = environment_;
  const RegistryPause pause;
  const Job* job = JobThatBuilds();
  OnJsThread(*environment_, [&] {
    auto env = environment_->Env();
    Napi::HandleScope scope(env);
    auto learnable = Napi::Array::New(env);
    for (auto& blob : blobs_) learnable[learnable.Length()] = Blob::Wrap(*environment_, blob);
    script_->learnable = Napi::Reference<Napi::Array>::New(learnable, 1);
    auto bind = job == nullptr ? environment_->bind_layer.Value() : job->FunctionOf("bindLayer").As<Napi::Function>();
    Bind(bind.Call({Napi::String::New(env, parameter.type()), BytesOf(env, parameter), learnable}));
  });
}

void JsLayer::Bind(Napi::Value answer) {
  auto binding = answer.As<Napi::Object>();
  script_->binding = Napi::Persistent(binding);
  script_->layer = Napi::Persistent(binding.Get("layer").As<Napi::Object>());
  for (int i = 0; i < CALLBACKS; ++i) {
    script_->callbacks[i] = FunctionOf(binding, kCallbackNames[i]);
  }
  script_->end_setup = FunctionOf(binding, "endSetup");
  script_->allow_force_backward = FunctionOf(binding, "allowForceBackward");
  script_->to_proto = FunctionOf(binding, "toProto");
  script_->refuse_promise = FunctionOf(binding, "refusePromise");
  counts_ = {Count(binding, "exactNumBottomBlobs"), Count(binding, "minBottomBlobs"), Count(binding, "maxBottomBlobs"),
             Count(binding, "exactNumTopBlobs"),    Count(binding, "minTopBlobs"),    Count(binding, "maxTopBlobs")};
  equal_bottom_top_ = binding.Get("equalNumBottomTopBlobs").ToBoolean();
  auto_top_ = binding.Get("autoTopBlobs").ToBoolean();
}

void JsLayer::LetGo::operator()(Script* script) const {
  auto let_go = [script] {
    script->bottom.Return(*script->environment);
    script->top.Return(*script->environment);
    delete script;
  };
  if (auto* runner = JobRunner::Current()) {
    runner->Post(let_go);
  } else {
    let_go();
  }
}

Napi::Object JsLayer::HandOver() {
  auto binding = script_->binding.Value();
  for (auto& callback : script_->callbacks) {
    if (!callback.IsEmpty()) callback.Unref();
  }
  for (auto* function :
       {&script_->end_setup, &script_->allow_force_backward, &script_->to_proto, &script_->refuse_promise}) {
    if (!function->IsEmpty()) function->Unref();
  }
  script_->layer.Unref();
  script_->learnable.Unref();
  script_->binding.Unref();
  return binding;
}

bool JsLayer::AllowForceBackward(int bottom) const {
  if (script_->allow_force_backward.IsEmpty()) return true;
  const RegistryPause pause;
  bool allows = true;
  OnJsThread(*environment_, [&] {
    auto env = environment_->Env();
    Napi::HandleScope scope(env);
    allows = script_->allow_force_backward.Call(script_->layer.Value(), {Napi::Number::New(env, bottom)}).ToBoolean();
  });
  return allows;
}

void JsLayer::LayerSetUp(const Blobs& bottom, const Blobs& top) {
  if (!script_->callbacks[SETUP].IsEmpty())
    Run(SETUP, bottom, top, [this] {
      return std::array<napi_value, 2>{script_->bottom.Array(), script_->top.Array()};
    });
  const RegistryPause pause;  // other callbacks may run before it, and register types
  OnJsThread(*environment_, [this] {
    Napi::HandleScope scope(environment_->Env());
    TakeParamSpecs();
    TakeLearnableBlobs();
  });
}

void JsLayer::Reshape(const Blobs& bottom, const Blobs& top) {
  Run(RESHAPE, bottom, top, [this] {
    return std::array<napi_value, 2>{script_->bottom.Array(), script_->top.Array()};
  });
  grown_loss_.Restore(*this, top);
}

void JsLayer::Forward_cpu(const Blobs& bottom, const Blobs& top) { RunForward(FORWARD, bottom, top); }

void JsLayer::Forward_gpu(const Blobs& bottom, const Blobs& top) {
  RunForward(script_->callbacks[FORWARD_GPU].IsEmpty() ? FORWARD : FORWARD_GPU, bottom, top);
}

void JsLayer::RunForward(Callback callback, const Blobs& bottom, const Blobs& top) {
  Run(callback, bottom, top, [this] {
    return std::array<napi_value, 2>{script_->bottom.Array(), script_->top.Array()};
  });
}

void JsLayer::Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) {
  if (script_->callbacks[BACKWARD].IsEmpty()) {
    for (bool asked : propagate_down) {
      if (asked) Fail("a gradient is asked of it, but it has no method backward(top, propagateDown, bottom)");
    }
    return;
  }
  RunBackward(BACKWARD, top, propagate_down, bottom);
}

void JsLayer::Backward_gpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) {
  if (script_->callbacks[BACKWARD_GPU].IsEmpty()) {
    Backward_cpu(top, propagate_down, bottom);
  } else {
    RunBackward(BACKWARD_GPU, top, propagate_down, bottom);
  }
}

void JsLayer::RunBackward(Callback callback, const Blobs& top, const std::vector<bool>& propagate_down,
                          const Blobs& bottom) {
  Run(callback, bottom, top, [&] {
    return std::array<napi_value, 3>{script_->top.Array(), PropagateDown(propagate_down), script_->bottom.Array()};
  });
}

template <class Arguments>
void JsLayer::Run(Callback callback, const Blobs& bottom, const Blobs& top, Arguments&& arguments) {
  const ScriptTime time(clock_);
  const RegistryPause pause;
  const Job* job = JobThatBuilds();
  const auto activity = job == nullptr ? nullptr : job->activity;
  OnJsThread(
      *environment_,
      [&] {
        script_->bottom.Update(*environment_, bottom, activity);
        script_->top.Update(*environment_, top, activity);
        const auto list = arguments();
        return script_->callbacks[callback].Value().Call(script_->layer.Value(), list.size(), list.data());
      },
      [&](Napi::Object promise) { RefusePromise(callback, promise); });
}

void JsLayer::RefusePromise(Callback callback, Napi::Object promise) {
  // Nobody will wait for it, so nobody would take its rejection.
  auto ignore = Napi::Function::New(environment_->Env(), [](const Napi::CallbackInfo&) {});
  promise.Get("catch").As<Napi::Function>().Call(promise, {ignore});
  if (!script_->refuse_promise.IsEmpty())
    script_->refuse_promise.Call(script_->layer.Value(), {});  // throws the layer's own error
  Fail(std::string(kCallbackNames[callback]) + "() returned a promise: " +
       (callback == SETUP ? "build the net with await Net.create(...) or Solver.create(...), which wait for it"
                          : "that is for asynchronous calls (Net.create, Solver.create, stepAsync, forwardAsync, "
                            "train); in a synchronous one it must be done when it returns"));
}

// Learnable blobs are what the user's `this.blobs` holds after setup.
void JsLayer::TakeLearnableBlobs() {
  auto learnable = script_->learnable.Value();
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
  Napi::Value bytes = script_->end_setup.Call({});
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
  if (script_->to_proto.IsEmpty()) return;
  google::protobuf::RepeatedPtrField<caffe::BlobProto> blobs;
  blobs.Swap(parameter->mutable_blobs());
  OnJsThread(*environment_, [&] {
    Napi::HandleScope scope(environment_->Env());
    Napi::Value bytes = script_->to_proto.Call(script_->layer.Value(), {BytesOf(environment_->Env(), *parameter)});
    parameter->Clear();
    ParseBytes(bytes, "toProto", parameter);
  });
  blobs.Swap(parameter->mutable_blobs());
}

napi_value JsLayer::PropagateDown(const std::vector<bool>& propagate_down) {
  if (script_->propagate_down_array.IsEmpty() || propagate_down != script_->propagate_down) {
    auto env = environment_->Env();
    auto array = Napi::Array::New(env, propagate_down.size());
    for (uint32_t i = 0; i < propagate_down.size(); ++i) array[i] = Napi::Boolean::New(env, propagate_down[i]);
    array.Freeze();
    script_->propagate_down_array = Napi::Reference<Napi::Array>::New(array, 1);
    script_->propagate_down = propagate_down;
  }
  return script_->propagate_down_array.Value();
}

void JsLayer::Fail(const std::string& text) const {
  throw CodedError("ERR_CAFFE_LAYER", "layer \"" + layer_param_.name() + "\" (" + layer_param_.type() + "): " + text);
}

}  // namespace tscaffe
