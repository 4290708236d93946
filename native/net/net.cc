#include "net/net.h"

#include "blob/blob.h"
#include "engine/engine.h"
#include "environment/decimal.h"
#include "layer/registry.h"
#include "layer/set_up_again.h"
#include "net/settings.h"
#include "onednn/onednn.h"
#include "proto/message.h"
#include "thread/job_runner.h"

namespace tscaffe {

namespace {

// (bytes, phase, level, stages, force_backward or undefined: as in the bytes), from `first` on
caffe::NetParameter ParameterOf(const Napi::CallbackInfo& info, size_t first) {
  auto parameter = MessageFrom<caffe::NetParameter>(info[first], "net");
  auto& state = *parameter.mutable_state();
  state.set_phase(info[first + 1].As<Napi::String>().Utf8Value() == "train" ? caffe::TRAIN : caffe::TEST);
  state.set_level(info[first + 2].As<Napi::Number>());
  auto stages = info[first + 3].As<Napi::Array>();
  for (uint32_t i = 0; i < stages.Length(); ++i) state.add_stage(stages.Get(i).As<Napi::String>());
  const auto force_backward = info[first + 4];
  if (force_backward.IsBoolean()) parameter.set_force_backward(force_backward.As<Napi::Boolean>());
  return parameter;
}

LiveNet::Pointer Build(const caffe::NetParameter& parameter, Engine engine) {
  const RegistryReading reading;
  const EngineScope scope(engine);
  return LiveNet::Pointer(new caffe::Net<float>(parameter));
}

}  // namespace

Napi::Function Net::Define(Napi::Env env) {
  return DefineClass(env, "Net",
                     {InstanceMethod<&Net::Name>("name"),
                      InstanceMethod<&Net::LayerNames>("layerNames"),
                      InstanceMethod<&Net::LayerTypes>("layerTypes"),
                      InstanceMethod<&Net::LayerParameter>("layerParameter"),
                      InstanceMethod<&Net::IsServedByEngine>("isServedByEngine"),
                      InstanceMethod<&Net::BlobNames>("blobNames"),
                      InstanceMethod<&Net::BlobAt>("blob"),
                      InstanceMethod<&Net::ParamCounts>("paramCounts"),
                      InstanceMethod<&Net::Params>("params"),
                      InstanceMethod<&Net::ParamOwners>("paramOwners"),
                      InstanceMethod<&Net::Inputs>("inputs"),
                      InstanceMethod<&Net::Outputs>("outputs"),
                      InstanceMethod<&Net::TopIds>("topIds"),
                      InstanceMethod<&Net::BottomIds>("bottomIds"),
                      InstanceMethod<&Net::GetsGradients>("getsGradients"),
                      InstanceMethod<&Net::RunsBackward>("runsBackward"),
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
                      InstanceMethod<&Net::Transfers>("transferCounts"),
                      InstanceMethod<&Net::ClearTransfers>("clearTransfers"),
                      InstanceMethod<&Net::Bytes>("bytes"),
                      InstanceMethod<&Net::Dispose>("dispose"),
                      InstanceMethod<&Net::IsDisposed>("isDisposed")});
}

Napi::Object Net::Wrap(Environment& environment, std::shared_ptr<LiveNet> state) {
  auto env = environment.Env();
  Napi::EscapableHandleScope scope(env);
  return scope.Escape(environment.net_class.New({Napi::External<std::shared_ptr<LiveNet>>::New(env, &state)}))
      .As<Napi::Object>();
}

Net::Net(const Napi::CallbackInfo& info)
    : ObjectWrap(info), Wrapper(Environment::OwnersOf(info.Env())), environment_(Environment::Of(info.Env())) {
  if (info[0].IsExternal()) {
    SetState(*info[0].As<Napi::External<std::shared_ptr<LiveNet>>>().Data());
    return;
  }
  Running(*environment_, [&] {
    SetState(std::make_shared<LiveNet>(*environment_, Build(ParameterOf(info, 0), EngineFrom(info[5])),
                                       std::make_shared<Activity>()));
  });
}

Napi::Value BuildNet(const Napi::CallbackInfo& info) {
  auto environment = Environment::Of(info.Env());
  return Guarded(*environment, [&] {
    auto activity = std::make_shared<Activity>();
    auto built = std::make_shared<LiveNet::Pointer>();
    auto work = [parameter = ParameterOf(info, 1), engine = EngineFrom(info[6]), built] {
      *built = Build(parameter, engine);
    };
    auto result = [environment, built, activity](Napi::Env) -> Napi::Value {
      return Net::Wrap(*environment, std::make_shared<LiveNet>(*environment, std::move(*built), activity));
    };
    return JobRunner::Of(*environment)
        .Start(std::make_unique<Job>(info[0].As<Napi::Object>(), activity, "Net.create", work, result, [] {}));
  });
}

Net::~Net() {
  if (reported_bytes_ > 0) Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), -reported_bytes_);
}

// V8 sees a small object; told of what hangs on it, it collects in time.
void Net::SetState(std::shared_ptr<LiveNet> state) {
  state_ = std::move(state);
  const int64_t bytes = state_ ? state_->Bytes() : 0;
  Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), bytes - reported_bytes_);
  reported_bytes_ = bytes;
  // The wrapper, which every running call and job keeps, keeps the objects of the net's layers.
  if (!state_) return;
  Value().Set("layers", state_->HandOverLayers(environment_->Env()));
  state_->Events().SetWrapper(Value());
}

LiveNet& Net::State() const {
  if (!state_) throw CodedError("ERR_CAFFE_DISPOSED", "the net has been disposed");
  return *state_;
}

Napi::Value Net::Bytes(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), static_cast<double>(State().Bytes())); });
}

void Net::Dispose(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (!state_) return;
    state_->SharedActivity()->RequireIdle("dispose");
    SetState(nullptr);
  });
}

Napi::Value Net::IsDisposed(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), !state_); }

// What it is made of.

Napi::Value Net::Name(const Napi::CallbackInfo& info) {
  return Read("name", [&](auto& net) { return Napi::String::New(info.Env(), net.name()); });
}

Napi::Value Net::LayerNames(const Napi::CallbackInfo& info) {
  return Read("layerNames", [&](auto& net) {
    std::vector<std::string> names;  // of the prototxt: see GiveDistinctNames
    for (auto& layer : net.layers()) names.push_back(layer->layer_param().name());
    return StringsTo(info.Env(), names);
  });
}

Napi::Value Net::LayerTypes(const Napi::CallbackInfo& info) {
  return Read("layerTypes", [&](auto& net) {
    std::vector<std::string> types;
    for (auto& layer : net.layers()) types.emplace_back(layer->type());
    return StringsTo(info.Env(), types);
  });
}

// (index) -> whether oneDNN computes at least one of its passes
Napi::Value Net::IsServedByEngine(const Napi::CallbackInfo& info) {
  return Read("engine", [&](auto& net) {
    auto& layer = *net.layers()[info[0].As<Napi::Number>().Uint32Value()];
    return Napi::Boolean::New(info.Env(), IsServedByOneDnn(layer));
  });
}

// (index) -> bytes of its LayerParameter, without blobs
Napi::Value Net::LayerParameter(const Napi::CallbackInfo& info) {
  return Read("layerParameter", [&](auto& net) {
    auto parameter = net.layers()[info[0].As<Napi::Number>().Uint32Value()]->layer_param();
    parameter.clear_blobs();
    return BytesOf(info.Env(), parameter);
  });
}

Napi::Value Net::BlobNames(const Napi::CallbackInfo& info) {
  return Read("blobNames", [&](auto& net) { return StringsTo(info.Env(), net.blob_names()); });
}

// (index) -> the blob. Those that nobody asks for are gone with the net.
Napi::Value Net::BlobAt(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    const auto& blob = State().Net().blobs().at(info[0].As<Napi::Number>().Uint32Value());
    return Blob::Wrap(*environment_, blob, State().SharedActivity());
  });
}

// -> how many learnable blobs each layer has
Napi::Value Net::ParamCounts(const Napi::CallbackInfo& info) {
  return Read("params", [&](auto& net) {
    std::vector<int> counts;
    for (auto& layer : net.layers()) counts.push_back(static_cast<int>(layer->blobs().size()));
    return IntegersTo(info.Env(), counts);
  });
}

// (layer) -> its learnable blobs
Napi::Value Net::Params(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto blobs = Napi::Array::New(info.Env());
    auto& layers = State().Net().layers();
    for (auto& blob : layers.at(info[0].As<Napi::Number>().Uint32Value())->blobs()) {
      blobs[blobs.Length()] = Blob::Wrap(*environment_, blob, State().SharedActivity());
    }
    return blobs;
  });
}

// -> for each learnable blob, layer by layer, -1 or which earlier one it shares its values with
Napi::Value Net::ParamOwners(const Napi::CallbackInfo& info) {
  return Read("params", [&](auto& net) { return IntegersTo(info.Env(), net.param_owners()); });
}

Napi::Value Net::Inputs(const Napi::CallbackInfo& info) {
  return Read("inputs", [&](auto& net) { return IntegersTo(info.Env(), net.input_blob_indices()); });
}

Napi::Value Net::Outputs(const Napi::CallbackInfo& info) {
  return Read("outputs", [&](auto& net) { return IntegersTo(info.Env(), net.output_blob_indices()); });
}

Napi::Value Net::TopIds(const Napi::CallbackInfo& info) {
  return Read("topIds", [&](auto& net) { return IntegersTo(info.Env(), net.top_ids(info[0].As<Napi::Number>())); });
}

Napi::Value Net::BottomIds(const Napi::CallbackInfo& info) {
  return Read("bottomIds",
              [&](auto& net) { return IntegersTo(info.Env(), net.bottom_ids(info[0].As<Napi::Number>())); });
}

namespace {
Napi::Array BooleansTo(Napi::Env env, const std::vector<bool>& booleans) {
  auto array = Napi::Array::New(env);
  for (const bool boolean : booleans) array[array.Length()] = Napi::Boolean::New(env, boolean);
  return array;
}
}  // namespace

// -> for each blob whether backward computes its gradient: whether it passes one to a bottom of a layer that runs
Napi::Value Net::GetsGradients(const Napi::CallbackInfo& info) {
  return Read("getsGradients", [&](auto& net) {
    std::vector<bool> gets(net.blobs().size());
    for (size_t layer = 0; layer < net.layers().size(); ++layer) {
      if (!net.layer_need_backward()[layer]) continue;
      auto& bottoms = net.bottom_ids(static_cast<int>(layer));
      for (size_t i = 0; i < bottoms.size(); ++i) {
        if (net.bottom_need_backward()[layer][i]) gets[bottoms[i]] = true;
      }
    }
    return BooleansTo(info.Env(), gets);
  });
}

// -> for each layer whether it runs in backward
Napi::Value Net::RunsBackward(const Napi::CallbackInfo& info) {
  return Read("runsBackward", [&](auto& net) { return BooleansTo(info.Env(), net.layer_need_backward()); });
}

// What makes it compute.

// (first, last)
void Net::Forward(const Napi::CallbackInfo& info) {
  Change("forward", [&](auto&) { State().Forward(info[0].As<Napi::Number>(), info[1].As<Napi::Number>()); });
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
      WatchPrefetch(state->PrefetchThreads(), [&] { *loss = state->Forward(first, last); });
    };
    auto result = [loss](Napi::Env env) { return Napi::Number::New(env, *loss); };
    return JobRunner::Of(*environment_)
        .Start(std::make_unique<Job>(Value(), state_->SharedActivity(), "forwardAsync", work, result, [] {}));
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
    return JobRunner::Of(*environment_)
        .Start(std::make_unique<Job>(Value(), state_->SharedActivity(), "backwardAsync", work, result, [] {}));
  });
}

void Net::ReshapeOne(caffe::Net<float>& net, int layer) {
  EnterLayer(net.layer_names(), layer, "reshape");
  State().Checks().BeforeReshape(layer);
  net.layers()[layer]->Reshape(net.bottom_vecs()[layer], net.top_vecs()[layer]);
}

void Net::Reshape(const Napi::CallbackInfo&) {
  // Net::Reshape calls the layers one after another, and a failing CHECK does not say which it was.
  Change("reshape", [&](auto& net) {
    for (size_t layer = 0; layer < net.layers().size(); ++layer) ReshapeOne(net, static_cast<int>(layer));
  });
}

// (layer)
void Net::SetUpLayer(const Napi::CallbackInfo& info) {
  Change("setup", [&](auto& net) {
    RegistryReading reading;  // some layers make others
    const int layer = info[0].As<Napi::Number>();
    EnterLayer(net.layer_names(), layer, "setup");
    RequireNoReader(*net.layers()[layer]);
    State().Checks().SetUp(layer);
  });
}

// (layer)
void Net::ReshapeLayer(const Napi::CallbackInfo& info) {
  Change("reshape", [&](auto& net) { ReshapeOne(net, info[0].As<Napi::Number>()); });
}

void Net::ClearParamDiffs(const Napi::CallbackInfo&) {
  Change("clearParamDiffs", [](auto& net) { net.ClearParamDiffs(); });
}

// (data, labels)
void Net::SetInputArrays(const Napi::CallbackInfo& info) {
  Change("setInputArrays",
         [&](auto&) { State().SetInputArrays(info[0].As<Napi::Float32Array>(), info[1].As<Napi::Float32Array>()); });
}

// What may be set while a solver runs, and then counts from its next iteration on.

Napi::Value Net::BlobLossWeights(const Napi::CallbackInfo& info) {
  return Read("blobLossWeights", [&](auto& net) {
    auto weights = Napi::Array::New(info.Env());
    for (float weight : net.blob_loss_weights()) weights[weights.Length()] = DecimalTo(info.Env(), weight);
    return weights;
  });
}

// (blob, weight); a layer's callback may call it too. While a solver runs on Caffe's thread, from its next iteration on
void Net::SetBlobLossWeight(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    State();
    const int blob = info[0].As<Napi::Number>();
    const float weight = info[1].As<Napi::Number>();
    state_->SharedActivity()->Adjust([state = state_, blob, weight] { SetLossWeight(state->Net(), blob, weight); });
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
    return DecimalTo(info.Env(), value);
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
    state_->SharedActivity()->Adjust(
        [state = state_, what, layer, param, value] { MultiplierOf(state->Net(), what, layer, param) = value; });
  });
}

// What is told of it while it runs, and what is looked for in it.

// (event, wanted): whether `hear` is told of it. A net that has been disposed has no more to tell, and says so to who
// wants to hear.
void Net::Listen(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    if (info[1].ToBoolean()) State();
    if (state_) state_->Events().Listen(info);
  });
}

// (whether)
void Net::CheckLabels(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] { State().Checks().RequireWholeLabels(info[0].As<Napi::Boolean>()); });
}

// (on): one more, or one less, wants to know how long the layers take
void Net::Profile(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& clock = State().Clock();
    info[0].As<Napi::Boolean>() ? clock.Start() : clock.Stop();
  });
}

// -> see LayerClock::Sums; also while the net runs
Napi::Value Net::Timings(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return State().Clock().Sums(info.Env()); });
}

// -> see Transfers::Counts; also while the net runs
Napi::Value Net::Transfers(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return State().Transferred().Counts(info.Env()); });
}

void Net::ClearTransfers(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { State().Transferred().Clear(); });
}

}  // namespace tscaffe
