#include "solver/solver.h"

#include "blob/blob.h"
#include "guard/background.h"
#include "guard/guarded.h"
#include "layer/registry.h"
#include "net/net.h"
#include "proto/message.h"
#include "solver/restore.h"
#include "solver/snapshot.h"
#include "solver/solver_access.h"
#include "solver/test_pass.h"

namespace tscaffe {

Napi::Function Solver::Define(Napi::Env env) {
  return DefineClass(env, "Solver",
                     {InstanceMethod<&Solver::Type>("type"),
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
                      InstanceMethod<&Solver::StepAsync>("stepAsync"),
                      InstanceMethod<&Solver::SolveAsync>("solveAsync"),
                      InstanceMethod<&Solver::TestAsync>("testAsync"),
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
    if (parameter.iter_size() < 1) {  // Caffe divides the gradients by it, and all weights are NaN
      throw CodedError("ERR_CAFFE_SOLVER",
                       "iter_size must be at least 1, but is " + std::to_string(parameter.iter_size()));
    }
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
    ShowNets();
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
    return WatchPrefetch(state->prefetch_threads, [&] { return body(*state); });
  });
}

Napi::Value Solver::Type(const Napi::CallbackInfo& info) {
  return Read("type", [&](State& state) { return Napi::String::New(info.Env(), state.solver->type()); });
}

// The wrapper keeps the wrappers of its nets, and they the objects of their layers.
void Solver::ShowNets() {
  auto nets = Napi::Array::New(environment_->Env());
  for (auto& net : state_->nets) nets[nets.Length()] = Net::Wrap(*environment_, net);
  Value().Set("nets", nets);
}

Napi::Value Solver::Iter(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Napi::Number::New(info.Env(), Get().iteration->Iter()); });
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
    auto parameter = state.iteration->Parameter();
    parameter.clear_net_param();
    parameter.clear_train_net_param();
    parameter.clear_test_net_param();
    return BytesOf(info.Env(), parameter);
  });
}

// (bytes): the fields that it has replace those in force
void Solver::SetParam(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& state = Get();
    state.iteration->ChangeParameter(MessageFrom<caffe::SolverParameter>(info[0], "param"),
                                     !state.activity->IsReadable());
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
    state.iteration->Forget();
    state.iteration->Begin();
    state.solver->Step(info[0].As<Napi::Number>());
  });
}

void Solver::Solve(const Napi::CallbackInfo&) {
  Change("solve", [&](State& state) {
    state.iteration->Forget();
    state.iteration->Begin();
    state.solver->Solve();
    if (state.iteration->WantsFinalSnapshot()) WriteSnapshot(*state.solver);
  });
}

namespace {
Napi::Value MeansTo(Napi::Env env, const std::vector<std::vector<double>>& means) {
  auto result = Napi::Array::New(env);
  for (auto& of_blob : means) {
    auto values = Napi::Array::New(env);
    for (double mean : of_blob) values[values.Length()] = Napi::Number::New(env, mean);
    result[result.Length()] = values;
  }
  return result;
}
}  // namespace

// (index) -> for each output blob of the test net the means of its values
Napi::Value Solver::Test(const Napi::CallbackInfo& info) {
  return Change("test", [&](State& state) {
    return MeansTo(info.Env(), RunTestPass(*state.solver, info[0].As<Napi::Number>()));
  });
}

// Starts `work(state)` on Caffe's thread; `result(env)` is what the promise is fulfilled with.
template <class Work, class Result>
Napi::Value Solver::Start(const char* what, Work&& work, Result&& result) {
  return Guarded(*environment_, [&] {
    auto watched = [state = (Get(), state_), work] { WatchPrefetch(state->prefetch_threads, [&] { work(*state); }); };
    auto stop = [state = state_] { state->iteration->RequestStop(); };
    auto job = std::make_unique<Job>(Value(), state_->activity, what, watched, result, stop);
    state_->iteration->Forget();
    return environment_->Thread().Start(std::move(job));
  });
}

// (iterations) -> a promise; after requestStop it is fulfilled at the end of the iteration at hand
Napi::Value Solver::StepAsync(const Napi::CallbackInfo& info) {
  const int iterations = info[0].As<Napi::Number>();
  return Start(
      "stepAsync",
      [iterations](State& state) {
        if (state.iteration->Begin()) state.solver->Step(iterations);
      },
      [](Napi::Env env) { return env.Undefined(); });
}

// -> a promise; as solve, and after requestStop as stepAsync
Napi::Value Solver::SolveAsync(const Napi::CallbackInfo&) {
  return Start(
      "solveAsync",
      [](State& state) {
        if (!state.iteration->Begin()) return;
        state.solver->Solve();
        const bool stopped = SolverAccess::EarlyExit(*state.solver);
        if (!stopped && state.iteration->WantsFinalSnapshot()) WriteSnapshot(*state.solver);
      },
      [](Napi::Env env) { return env.Undefined(); });
}

// (index) -> a promise of what test returns
Napi::Value Solver::TestAsync(const Napi::CallbackInfo& info) {
  const int index = info[0].As<Napi::Number>();
  auto means = std::make_shared<std::vector<std::vector<double>>>();
  return Start(
      "testAsync", [index, means](State& state) { *means = RunTestPass(*state.solver, index); },
      [means](Napi::Env env) { return MeansTo(env, *means); });
}

// -> the path of the solverstate
Napi::Value Solver::Snapshot(const Napi::CallbackInfo& info) {
  return Read("snapshot",
              [&](State& state) { return Napi::String::New(info.Env(), WriteSnapshot(*state.solver).state); });
}

void Solver::Restore(const Napi::CallbackInfo& info) {
  Change("restore", [&](State& state) {
    RestoreSolver(Sgd(), info[0].As<Napi::String>());
    state.iteration->NoteIter();
    ShareWithTestNets(*state.solver);
    state.iteration->ForgetLosses();
  });
}

void Solver::ApplyUpdate(const Napi::CallbackInfo&) {
  Change("applyUpdate", [](State& state) {
    state.solver->ApplyUpdate();
    state.iteration->NoteIter();
  });
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
