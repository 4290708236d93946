#include "net/net.h"

#include "layer/registry.h"
#include "net/net_gate.h"
#include "proto/message.h"

namespace tscaffe {

namespace {
// The address is this copy's of the addon: an object of another copy must not be taken for one of ours.
const napi_type_tag kNetTag = {0x3a52f9c6b17e4d08ULL, reinterpret_cast<uint64_t>(&kNetTag)};

void SetNetState(const Napi::CallbackInfo& info, caffe::NetState& state) {
  state.set_phase(info[1].As<Napi::String>().Utf8Value() == "train" ? caffe::TRAIN : caffe::TEST);
  state.set_level(info[2].As<Napi::Number>());
  auto stages = info[3].As<Napi::Array>();
  for (uint32_t i = 0; i < stages.Length(); ++i) state.add_stage(stages.Get(i).As<Napi::String>());
}

}  // namespace

Napi::Function Net::Define(Napi::Env env) {
  return DefineClass(env, "Net",
                     {InstanceMethod<&Net::Name>("name"),
                      InstanceMethod<&Net::LayerNames>("layerNames"),
                      InstanceMethod<&Net::LayerTypes>("layerTypes"),
                      InstanceMethod<&Net::BlobNames>("blobNames"),
                      InstanceMethod<&Net::Blobs>("blobs"),
                      InstanceMethod<&Net::Params>("params"),
                      InstanceMethod<&Net::ParamOwners>("paramOwners"),
                      InstanceMethod<&Net::Inputs>("inputs"),
                      InstanceMethod<&Net::Outputs>("outputs"),
                      InstanceMethod<&Net::TopIds>("topIds"),
                      InstanceMethod<&Net::BottomIds>("bottomIds"),
                      InstanceMethod<&Net::BlobLossWeights>("blobLossWeights"),
                      InstanceMethod<&Net::SetBlobLossWeight>("setBlobLossWeight"),
                      InstanceMethod<&Net::Multiplier>("multiplier"),
                      InstanceMethod<&Net::SetMultiplier>("setMultiplier"),
                      InstanceMethod<&Net::ForwardAsync>("forwardAsync"),
                      InstanceMethod<&Net::BackwardAsync>("backwardAsync"),
                      InstanceMethod<&Net::Forward>("forward"),
                      InstanceMethod<&Net::Backward>("backward"),
                      InstanceMethod<&Net::Reshape>("reshape"),
                      InstanceMethod<&Net::SetUpLayer>("setUpLayer"),
                      InstanceMethod<&Net::ReshapeLayer>("reshapeLayer"),
                      InstanceMethod<&Net::ClearParamDiffs>("clearParamDiffs"),
                      InstanceMethod<&Net::CopyFrom>("copyFrom"),
                      InstanceMethod<&Net::CopyFromHdf5>("copyFromHdf5"),
                      InstanceMethod<&Net::ShareWith>("shareWith"),
                      InstanceMethod<&Net::ToProto>("toProto"),
                      InstanceMethod<&Net::SaveHdf5>("saveHdf5"),
                      InstanceMethod<&Net::Listen>("listen"),
                      InstanceMethod<&Net::CheckLabels>("checkLabels"),
                      InstanceMethod<&Net::SetInputArrays>("setInputArrays"),
                      InstanceMethod<&Net::Profile>("profile"),
                      InstanceMethod<&Net::Timings>("timings"),
#ifndef CPU_ONLY
                      InstanceMethod<&Net::Transfers>("transferCounts"),
                      InstanceMethod<&Net::ClearTransfers>("clearTransfers"),
#endif
                      InstanceMethod<&Net::Bytes>("bytes"),
                      InstanceMethod<&Net::Dispose>("dispose"),
                      InstanceMethod<&Net::IsDisposed>("isDisposed")});
}

Napi::Object Net::Wrap(Environment& environment, std::shared_ptr<NetState> state) {
  auto env = environment.Env();
  Napi::EscapableHandleScope scope(env);
  return scope.Escape(environment.net_class.New({Napi::External<std::shared_ptr<NetState>>::New(env, &state)}))
      .As<Napi::Object>();
}

Net& Net::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kNetTag)) {
    throw Napi::TypeError::New(value.Env(), "Expected a Net");
  }
  return *Unwrap(value.As<Napi::Object>());
}

Net::Net(const Napi::CallbackInfo& info)
    : ObjectWrap(info), Wrapper(Environment::OwnersOf(info.Env())), environment_(Environment::Of(info.Env())) {
  info.This().As<Napi::Object>().TypeTag(&kNetTag);
  if (info[0].IsExternal()) {
    SetState(*info[0].As<Napi::External<std::shared_ptr<NetState>>>().Data());
    return;
  }
  Running(*environment_, [&] {
    RegistryReading reading;
    auto parameter = MessageFrom<caffe::NetParameter>(info[0], "net");
    SetNetState(info, *parameter.mutable_state());
    NetState::Pointer net(new caffe::Net<float>(parameter));
    SetState(std::make_shared<NetState>(*environment_, net, std::make_shared<Activity>()));
  });
}

Net::~Net() {
  if (reported_bytes_ > 0) Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), -reported_bytes_);
}

// V8 sees a small object; told of what hangs on it, it collects in time.
void Net::SetState(std::shared_ptr<NetState> state) {
  state_ = std::move(state);
  const int64_t bytes = state_ ? state_->Bytes() : 0;
  Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), bytes - reported_bytes_);
  reported_bytes_ = bytes;
  // The wrapper, which every running call and job keeps, keeps the objects of the net's layers.
  if (!state_) return;
  Value().Set("layers", state_->HandOverLayers(environment_->Env()));
  state_->Hearers().SetWrapper(Value());
}

NetState& Net::State() const {
  if (!state_) throw CodedError("ERR_CAFFE_DISPOSED", "the net has been disposed");
  return *state_;
}

Napi::Value Net::Bytes(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), static_cast<double>(State().Bytes())); });
}

void Net::Dispose(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (!state_) return;
    state_->Busy()->RequireIdle("dispose");
    SetState(nullptr);
  });
}

Napi::Value Net::IsDisposed(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), !state_); }

}  // namespace tscaffe
