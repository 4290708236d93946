#include "solver/solver.h"

#include <boost/thread/exceptions.hpp>

#include "blob/blob.h"
#include "guard/background.h"
#include "guard/guarded.h"
#include "layer/registry.h"
#include "net/net.h"
#include "proto/message.h"
#include "solver/snapshot.h"
#include "solver/solver_access.h"
#include "solver/test_pass.h"

namespace tscaffe {

Napi::Function Solver::Define(Napi::Env env) {
  return DefineClass(env, "Solver",
                     {InstanceMethod<&Solver::Type>("type"),
                      InstanceMethod<&Solver::Nets>("nets"),
                      InstanceMethod<&Solver::Iter>("iter"),
                      InstanceMethod<&Solver::LearningRate>("lr"),
                      InstanceMethod<&Solver::Loss>("loss"),
                      InstanceMethod<&Solver::SmoothedLoss>("smoothedLoss"),
                      InstanceMethod<&Solver::Param>("param"),
                      InstanceMethod<&Solver::SetParam>("setParam"),
                      InstanceMethod<&Solver::History>("history"),
                      InstanceMethod<&Solver::Step>("step"),
                      InstanceMethod<&Solver::Solve>("solve"),
                      InstanceMethod<&Solver::Test>("test"),
                      InstanceMethod<&Solver::Snapshot>("snapshot"),
                      InstanceMethod<&Solver::Restore>("restore"),
                      InstanceMethod<&Solver::ApplyUpdate>("applyUpdate"),
                      InstanceMethod<&Solver::RequestStop>("requestStop"),
                      InstanceMethod<&Solver::RequestSnapshot>("requestSnapshot"),
                      InstanceMethod<&Solver::AddCallback>("addCallback"),
                      InstanceMethod<&Solver::RemoveCallback>("removeCallback"),
                      InstanceMethod<&Solver::Dispose>("dispose")});
}

Solver::Solver(const Napi::CallbackInfo& info) : ObjectWrap(info), environment_(Environment::Of(info.Env())) {
  Running(*environment_, [&] {
    RegistryReading reading;
    auto state = std::make_shared<State>();
    auto parameter = MessageFrom<caffe::SolverParameter>(info[0], "solver");
    state->solver.reset(caffe::SolverRegistry<float>::CreateSolver(parameter));
    state->activity = std::make_shared<Activity>();
    auto keep = [&](const NetState::Pointer& net) {
      state->nets.push_back(std::make_shared<NetState>(*environment_, net, state->activity));
      auto& threads = state->nets.back()->PrefetchThreads();
      state->prefetch_threads.insert(state->prefetch_threads.end(), threads.begin(), threads.end());
    };
    keep(state->solver->net());
    for (auto& net : state->solver->test_nets()) keep(net);
    ShareWithTestNets(*state->solver);
    state->iteration = std::make_unique<Iteration>(*environment_, *state->solver);
    state_ = std::move(state);
  });
}

Solver::State& Solver::Get() const {
  if (!state_) throw CodedError("ERR_CAFFE_DISPOSED", "the solver has been disposed");
  return *state_;
}

caffe::SGDSolver<float>& Solver::Sgd() const {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(Get().solver.get());
  if (sgd == nullptr) {
    throw CodedError("ERR_CAFFE_SOLVER",
                     std::string("a solver of type ") + Get().solver->type() + " has no learning rate");
  }
  return *sgd;
}

// For what looks at the solver.
template <class Body>
auto Solver::Read(const char* what, Body&& body) {
  return Guarded(*environment_, [&] {
    Get().activity->RequireReadable(what);
    return body(Get());
  });
}

// For what runs or changes the solver; one at a time.
template <class Body>
auto Solver::Change(const char* what, Body&& body) {
  return Running(*environment_, [&] {
    auto state = (Get(), state_);  // a callback may let go of this wrapper
    RunScope running(*state->activity, what);
    PrefetchWait wait(state->prefetch_threads);
    try {
      return body(*state);
    } catch (const boost::thread_interrupted&) {
      PrefetchWait::ThrowFailureOf(state->prefetch_threads);
      throw CodedError("ERR_CAFFE_INTERNAL", std::string(what) + ": interrupted");
    }
  });
}

Napi::Value Solver::Type(const Napi::CallbackInfo& info) {
  return Read("type", [&](State& state) { return Napi::String::New(info.Env(), state.solver->type()); });
}

Napi::Value Solver::Nets(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto nets = Napi::Array::New(info.Env());
    for (auto& net : Get().nets) nets[nets.Length()] = Net::Wrap(*environment_, net);
    return nets;
  });
}

Napi::Value Solver::Iter(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().solver->iter()); });
}

Napi::Value Solver::LearningRate(const Napi::CallbackInfo& info) {
  return Read("lr", [&](State&) { return Napi::Number::New(info.Env(), Sgd().GetLearningRate()); });
}

Napi::Value Solver::Loss(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->Loss()); });
}

Napi::Value Solver::SmoothedLoss(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->SmoothedLoss()); });
}

// -> bytes of the SolverParameter in force, without its nets
Napi::Value Solver::Param(const Napi::CallbackInfo& info) {
  return Read("param", [&](State& state) {
    auto parameter = state.solver->param();
    parameter.clear_net_param();
    parameter.clear_train_net_param();
    parameter.clear_test_net_param();
    return BytesOf(info.Env(), parameter);
  });
}

// (bytes): the fields that it has replace those in force
void Solver::SetParam(const Napi::CallbackInfo& info) {
  Read("param", [&](State& state) {
    SolverAccess::Parameter(*state.solver).MergeFrom(MessageFrom<caffe::SolverParameter>(info[0], "param"));
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

void Solver::Step(const Napi::CallbackInfo& info) {
  Change("step", [&](State& state) {
    state.iteration->Begin();
    state.solver->Step(info[0].As<Napi::Number>());
  });
}

void Solver::Solve(const Napi::CallbackInfo&) {
  Change("solve", [&](State& state) {
    state.iteration->Begin();
    state.solver->Solve();
    if (state.iteration->WantsFinalSnapshot()) WriteSnapshot(*state.solver);
  });
}

// (index) -> for each output blob of the test net the means of its values
Napi::Value Solver::Test(const Napi::CallbackInfo& info) {
  return Change("test", [&](State& state) {
    auto means = RunTestPass(*state.solver, info[0].As<Napi::Number>());
    auto result = Napi::Array::New(info.Env());
    for (auto& of_blob : means) {
      auto values = Napi::Array::New(info.Env());
      for (double mean : of_blob) values[values.Length()] = Napi::Number::New(info.Env(), mean);
      result[result.Length()] = values;
    }
    return result;
  });
}

// -> the path of the solverstate
Napi::Value Solver::Snapshot(const Napi::CallbackInfo& info) {
  return Read("snapshot",
              [&](State& state) { return Napi::String::New(info.Env(), WriteSnapshot(*state.solver).state); });
}

void Solver::Restore(const Napi::CallbackInfo& info) {
  Change("restore", [&](State& state) {
    state.solver->Restore(info[0].As<Napi::String>().Utf8Value().c_str());
    ShareWithTestNets(*state.solver);
    state.iteration->ForgetLosses();
  });
}

void Solver::ApplyUpdate(const Napi::CallbackInfo&) {
  Change("applyUpdate", [](State& state) { state.solver->ApplyUpdate(); });
}

void Solver::RequestStop(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { Get().iteration->RequestStop(); });
}

void Solver::RequestSnapshot(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { Get().iteration->RequestSnapshot(); });
}

// (on start, on gradients ready) -> number
Napi::Value Solver::AddCallback(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    const int number = Get().iteration->Add(info[0].As<Napi::Function>(), info[1].As<Napi::Function>());
    return Napi::Number::New(info.Env(), number);
  });
}

void Solver::RemoveCallback(const Napi::CallbackInfo& info) {
  if (state_) state_->iteration->Remove(info[0].As<Napi::Number>());
}

void Solver::Dispose(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (!state_) return;
    state_->activity->RequireIdle("dispose");
    state_.reset();
  });
}

}  // namespace tscaffe
