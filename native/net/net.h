// The raw net: exact types, layers and blobs by number. src/net/ makes it friendly.
#pragma once

#include <napi.h>

#include <memory>

#include "net/net_state.h"

namespace tscaffe {

class Net : public Napi::ObjectWrap<Net>, private Wrapper {
 public:
  static Napi::Function Define(Napi::Env env);
  // A wrapper of a solver's net.
  static Napi::Object Wrap(Environment& environment, std::shared_ptr<NetState> state);
  static Net& From(Napi::Value value);

  // (bytes of a NetParameter, phase "train" | "test", level, stages)
  explicit Net(const Napi::CallbackInfo& info);
  ~Net() override;

  // Throws ERR_CAFFE_DISPOSED after dispose().
  NetState& State() const;

 private:
  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value LayerNames(const Napi::CallbackInfo& info);
  Napi::Value LayerTypes(const Napi::CallbackInfo& info);
  Napi::Value BlobNames(const Napi::CallbackInfo& info);
  Napi::Value Blobs(const Napi::CallbackInfo& info);
  Napi::Value Params(const Napi::CallbackInfo& info);
  Napi::Value ParamOwners(const Napi::CallbackInfo& info);
  Napi::Value Inputs(const Napi::CallbackInfo& info);
  Napi::Value Outputs(const Napi::CallbackInfo& info);
  Napi::Value TopIds(const Napi::CallbackInfo& info);
  Napi::Value BottomIds(const Napi::CallbackInfo& info);
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
#ifndef CPU_ONLY
  Napi::Value Transfers(const Napi::CallbackInfo& info);
  void ClearTransfers(const Napi::CallbackInfo& info);
#endif
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);
  Napi::Value IsDisposed(const Napi::CallbackInfo& info);

  template <class Body>
  auto Read(const char* what, Body&& body);
  template <class Body>
  auto Change(const char* what, Body&& body);
  void SetState(std::shared_ptr<NetState> state);
  bool IsCollected() const override { return Value().IsEmpty(); }
  void Abandon() override { SetState(nullptr); }

  const std::shared_ptr<Environment> environment_;
  std::shared_ptr<NetState> state_;  // empty after dispose
  int64_t reported_bytes_ = 0;
};

}  // namespace tscaffe
