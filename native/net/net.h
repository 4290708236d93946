// The raw net: exact types, layers and blobs by number. src/net/ makes it friendly.
#pragma once

#include <napi.h>

#include <memory>

#include "environment/gate.h"
#include "environment/object_wrap.h"
#include "guard/prefetch.h"
#include "net/live_net.h"

namespace tscaffe {

class Net : public ObjectWrap<Net>, private Wrapper {
 public:
  static constexpr const char* kName = "Net";
  static Napi::Function Define(Napi::Env env);
  // A wrapper of a solver's net.
  static Napi::Object Wrap(Environment& environment, std::shared_ptr<LiveNet> state);

  // (bytes of a NetParameter, phase "train" | "test", level, stages, force_backward or undefined: as in the bytes,
  // engine)
  explicit Net(const Napi::CallbackInfo& info);
  ~Net() override;

  // Throws ERR_CAFFE_DISPOSED after dispose().
  LiveNet& State() const;

 private:
  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value LayerNames(const Napi::CallbackInfo& info);
  Napi::Value LayerTypes(const Napi::CallbackInfo& info);
  Napi::Value LayerParameter(const Napi::CallbackInfo& info);
  Napi::Value IsServedByEngine(const Napi::CallbackInfo& info);
  Napi::Value BlobNames(const Napi::CallbackInfo& info);
  Napi::Value BlobAt(const Napi::CallbackInfo& info);
  Napi::Value ParamCounts(const Napi::CallbackInfo& info);
  Napi::Value Params(const Napi::CallbackInfo& info);
  Napi::Value ParamOwners(const Napi::CallbackInfo& info);
  Napi::Value Inputs(const Napi::CallbackInfo& info);
  Napi::Value Outputs(const Napi::CallbackInfo& info);
  Napi::Value TopIds(const Napi::CallbackInfo& info);
  Napi::Value BottomIds(const Napi::CallbackInfo& info);
  Napi::Value GetsGradients(const Napi::CallbackInfo& info);
  Napi::Value RunsBackward(const Napi::CallbackInfo& info);
  Napi::Value BlobLossWeights(const Napi::CallbackInfo& info);
  void SetBlobLossWeight(const Napi::CallbackInfo& info);
  Napi::Value Multiplier(const Napi::CallbackInfo& info);
  void SetMultiplier(const Napi::CallbackInfo& info);
  void Forward(const Napi::CallbackInfo& info);
  void Backward(const Napi::CallbackInfo& info);
  Napi::Value ForwardAsync(const Napi::CallbackInfo& info);
  Napi::Value BackwardAsync(const Napi::CallbackInfo& info);
  void Reshape(const Napi::CallbackInfo& info);
  void SetUpLayer(const Napi::CallbackInfo& info);
  void ReshapeLayer(const Napi::CallbackInfo& info);
  void ClearParamDiffs(const Napi::CallbackInfo& info);
  void CopyFrom(const Napi::CallbackInfo& info);
  void CopyFromHdf5(const Napi::CallbackInfo& info);
  void ShareWith(const Napi::CallbackInfo& info);
  Napi::Value ToProto(const Napi::CallbackInfo& info);
  void SaveHdf5(const Napi::CallbackInfo& info);
  void Listen(const Napi::CallbackInfo& info);
  void CheckLabels(const Napi::CallbackInfo& info);
  void SetInputArrays(const Napi::CallbackInfo& info);
  void Profile(const Napi::CallbackInfo& info);
  Napi::Value Timings(const Napi::CallbackInfo& info);
  Napi::Value Transfers(const Napi::CallbackInfo& info);
  void ClearTransfers(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);
  Napi::Value IsDisposed(const Napi::CallbackInfo& info);

  // For what looks at the net.
  template <class Body>
  auto Read(const char* what, Body&& body) {
    return Guarded(*environment_, [&] {
      State().SharedActivity()->RequireReadable(what);
      const TransferScope transfers(State().SharedActivity().get());
      return body(State().Net());
    });
  }
  // For what runs or changes the net; one at a time.
  template <class Body>
  auto Change(const char* what, Body&& body) {
    return Running(*environment_, [&] {
      auto state = (State(), state_);  // a callback may let go of this wrapper
      RunScope running(*state->SharedActivity(), what);
      return WatchPrefetch(state->PrefetchThreads(), [&] { return body(state->Net()); });
    });
  }
  void ReshapeOne(caffe::Net<float>& net, int layer);
  void SetState(std::shared_ptr<LiveNet> state);
  bool IsCollected() const override { return Value().IsEmpty(); }
  void Abandon() override { SetState(nullptr); }

  const std::shared_ptr<Environment> environment_;
  std::shared_ptr<LiveNet> state_;  // empty after dispose
  int64_t reported_bytes_ = 0;
};

// The same on Caffe's thread, where layers may return promises. `builder` has functions bindLayer and makeError.
// buildNet(builder, bytes of a NetParameter, phase, level, stages, force_backward, engine) -> a promise of a Net
Napi::Value BuildNet(const Napi::CallbackInfo& info);

// Trained weights without a net.
// readWeights(bytes, name) -> [{ name, type, blobs }]
Napi::Value ReadWeights(const Napi::CallbackInfo& info);
// writeWeights(name, [{ name, type, blobs }]) -> bytes of a NetParameter
Napi::Value WriteWeights(const Napi::CallbackInfo& info);

}  // namespace tscaffe
