// Where a solver stands, and what may be set while it lives.
#include "blob/blob.h"
#include "proto/message.h"
#include "solver/rate.h"
#include "solver/solver_access.h"
#include "solver/solver_gate.h"

namespace tscaffe {

caffe::SGDSolver<float>& Solver::Sgd() const {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(Get().solver.get());
  if (sgd == nullptr) {
    throw CodedError("ERR_CAFFE_SOLVER",
                     std::string("a solver of type ") + Get().solver->type() + " has no learning rate");
  }
  return *sgd;
}

Napi::Value Solver::Type(const Napi::CallbackInfo& info) {
  return Read("type", [&](State& state) { return Napi::String::New(info.Env(), state.solver->type()); });
}

Napi::Value Solver::Iter(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->Iter()); });
}

// Of the next update; while Caffe's thread is at work, as it was after the last iteration.
Napi::Value Solver::LearningRate(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto& sgd = Sgd();
    auto& state = Get();
    return Napi::Number::New(info.Env(), state.activity->IsReadable() ? NextRate(sgd) : state.iteration->Rate());
  });
}

Napi::Value Solver::Loss(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->losses.Last()); });
}

Napi::Value Solver::SmoothedLoss(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->losses.Smoothed()); });
}

// -> bytes of the SolverParameter in force, without its nets
Napi::Value Solver::Param(const Napi::CallbackInfo& info) {
  return Read("param", [&](State& state) {
    auto parameter = state.iteration->parameter.Whole();
    parameter.clear_net_param();
    parameter.clear_train_net_param();
    parameter.clear_test_net_param();
    return BytesOf(info.Env(), parameter);
  });
}

// (bytes): the fields that it has replace those in force
void Solver::SetParam(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto fields = MessageFrom<caffe::SolverParameter>(info[0], "param");
    Get().activity->Adjust([iteration = Get().iteration, fields] { iteration->parameter.Merge(fields); });
  });
}

// (rate | undefined): instead of that of lr_policy, or again that
void Solver::OverrideRate(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    Sgd();
    std::optional<float> rate;
    if (info[0].IsNumber()) rate = info[0].As<Napi::Number>().FloatValue();
    Get().activity->Adjust([iteration = Get().iteration, rate] { iteration->parameter.OverrideRate(rate); });
  });
}

// -> the blobs of the update rule, such as momentum, in the order of the net's learnable parameters
Napi::Value Solver::History(const Napi::CallbackInfo& info) {
  return Read("history", [&](State& state) {
    auto blobs = Napi::Array::New(info.Env());
    for (auto& blob : Sgd().history()) blobs[blobs.Length()] = Blob::Wrap(*environment_, blob, state.activity);
    return blobs;
  });
}

}  // namespace tscaffe
