#include "solver/solver.h"

#include <boost/algorithm/string.hpp>
#include <optional>
#include <string>
#include <vector>

#include "blob/blob.h"
#include "blob/settle.h"
#include "data/source.h"
#include "engine/engine.h"
#include "environment/decimal.h"
#include "layer/registry.h"
#include "net/layer_names.h"
#include "net/net.h"
#include "net/shared_params.h"
#include "net/trained_layers.h"
#include "proto/message.h"
#include "solver/rate.h"
#include "solver/same_on_all.h"
#include "solver/snapshot.h"
#include "solver/solver_access.h"
#include "solver/test_pass.h"
#include "thread/job_runner.h"

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
                      InstanceMethod<&Solver::OverrideRate>("overrideLr"),
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
                      InstanceMethod<&Solver::RequestTest>("requestTest"),
                      InstanceMethod<&Solver::Listen>("listen"),
                      InstanceMethod<&Solver::Timings>("timings"),
                      InstanceMethod<&Solver::Attach>("attach"),
                      InstanceMethod<&Solver::Detach>("detach"),
                      InstanceMethod<&Solver::RequireSame>("requireSame"),
                      InstanceMethod<&Solver::Exchanged>("exchanged"),
                      InstanceMethod<&Solver::Dispose>("dispose")});
}

namespace {

// The files of weights that a solver names. The paths may stand in one text, with commas.
std::vector<std::string> WeightsOf(const caffe::SolverParameter& parameter) {
  std::vector<std::string> all;
  for (auto& paths : parameter.weights()) {
    std::vector<std::string> list;
    boost::split(list, paths, boost::is_any_of(","));
    for (auto& path : list) {
      boost::trim(path);
      RequireSource(path, "weights");
      all.push_back(path);
    }
  }
  return all;
}

// Caffe shows the outputs of an iteration or a test, and an empty one has no memory: "Check failed: data_", of no
// layer.
void GiveOutputsMemory(const caffe::Net<float>& net) {
  for (auto* blob : net.output_blobs()) GiveMemory(*blob);
}

Solver::Pointer Build(const caffe::SolverParameter& parameter, Engine engine) {
  if (parameter.iter_size() < 1) {  // Caffe divides the gradients by it, and all weights are NaN
    throw CodedError("ERR_CAFFE_SOLVER",
                     "iter_size must be at least 1, but is " + std::to_string(parameter.iter_size()));
  }
  const RegistryReading reading;
  const EngineScope scope(engine);
  // The weights are loaded here and not by Caffe, for which layers of one name are one.
  const auto weights = WeightsOf(parameter);
  auto without_weights = parameter;
  without_weights.clear_weights();
  Solver::Pointer solver(caffe::SolverRegistry<float>::CreateSolver(without_weights));
  *SolverAccess::Parameter(*solver).mutable_weights() = parameter.weights();
  auto nets = solver->test_nets();
  nets.insert(nets.begin(), solver->net());
  for (auto& net : nets) {
    GiveDistinctNames(*net);
    for (auto& path : weights) CopyTrainedLayersFromFile(*net, path);
  }
  return solver;
}

}  // namespace

Solver::Solver(const Napi::CallbackInfo& info)
    : ObjectWrap(info), Wrapper(Environment::OwnersOf(info.Env())), environment_(Environment::Of(info.Env())) {
  if (info[0].IsExternal()) {
    auto& [solver, activity] = *info[0].As<Napi::External<std::pair<Pointer, std::shared_ptr<Activity>>>>().Data();
    Adopt(std::move(solver), std::move(activity));
    return;
  }
  Running(*environment_, [&] {
    const auto parameter = MessageFrom<caffe::SolverParameter>(info[0], "solver");
    Adopt(Build(parameter, EngineFrom(info[1])), std::make_shared<Activity>());
  });
}

Napi::Object Solver::Wrap(Environment& environment, Pointer solver, std::shared_ptr<Activity> activity) {
  auto env = environment.Env();
  Napi::EscapableHandleScope scope(env);
  auto both = std::make_pair(std::move(solver), std::move(activity));
  return scope.Escape(environment.solver_class.New({Napi::External<decltype(both)>::New(env, &both)}))
      .As<Napi::Object>();
}

Napi::Value BuildSolver(const Napi::CallbackInfo& info) {
  auto environment = Environment::Of(info.Env());
  return Guarded(*environment, [&] {
    auto activity = std::make_shared<Activity>();
    auto built = std::make_shared<Solver::Pointer>();
    auto work = [parameter = MessageFrom<caffe::SolverParameter>(info[1], "solver"), engine = EngineFrom(info[2]),
                 built] { *built = Build(parameter, engine); };
    auto result = [environment, built, activity](Napi::Env) -> Napi::Value {
      return Solver::Wrap(*environment, std::move(*built), activity);
    };
    return JobRunner::Of(*environment)
        .Start(std::make_unique<Job>(info[0].As<Napi::Object>(), activity, "Solver.create", work, result, [] {}));
  });
}

void Solver::Adopt(Pointer solver, std::shared_ptr<Activity> activity) {
  auto state = std::make_shared<State>();
  state->solver = std::move(solver);
  state->activity = std::move(activity);
  auto keep = [&](const LiveNet::Pointer& net) {
    GiveOutputsMemory(*net);
    state->nets.push_back(std::make_shared<LiveNet>(*environment_, net, state->activity));
    auto& threads = state->nets.back()->PrefetchThreads();
    state->prefetch_threads.insert(state->prefetch_threads.end(), threads.begin(), threads.end());
  };
  keep(state->solver->net());
  for (auto& net : state->solver->test_nets()) keep(net);
  ShareWithTestNets(*state->solver);
  state->iteration = std::make_shared<Iteration>(*environment_, *state->solver, *state->nets.front());
  state->iteration->listeners.SetWrapper(Value());
  state->train_net_memory =
      std::make_unique<MemoryWatch>(state->activity, [solver = state->solver.get()](const void* blob) {
        const bool follow = HasParam(*solver->net(), blob);
        if (follow) FollowTrainNet(*solver);
        return follow;
      });
  state_ = std::move(state);
  ShowNets();
  WatchTestNets();
}

Solver::State::~State() {
  const ModeScope made_in(timer.Mode());
  solver.reset();
}

Solver::State& Solver::Get() const {
  if (!state_) throw CodedError("ERR_CAFFE_DISPOSED", "the solver has been disposed");
  return *state_;
}

// The wrapper keeps the wrappers of its nets, and they the objects of their layers.
void Solver::ShowNets() {
  auto nets = Napi::Array::New(environment_->Env());
  for (auto& net : state_->nets) nets[nets.Length()] = Net::Wrap(*environment_, net);
  Value().Set("nets", nets);
}

// The nets may outlive the solver.
void Solver::WatchTestNets() {
  for (size_t i = 1; i < state_->nets.size(); ++i) {
    auto& net = *state_->nets[i];
    const int last = static_cast<int>(net.Net().layers().size()) - 1;
    const int index = static_cast<int>(i) - 1;
    net.AfterForward().Watch([weak = std::weak_ptr<Iteration>(state_->iteration), last, index](int layer) {
      if (layer != last) return;
      if (auto iteration = weak.lock()) iteration->AfterTestForward(index);
    });
  }
}

// (event, wanted): whether `hear` is told of it. A solver that has been disposed has no more to tell, and says so to
// who wants to hear.
void Solver::Listen(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    if (info[1].ToBoolean()) Get();
    if (state_) state_->iteration->listeners.Listen(info);
  });
}

// -> see IterationClock::Sums: of iterations in which the train net was profiled
Napi::Value Solver::Timings(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return Get().iteration->clock.Sums(info.Env()); });
}

void Solver::Dispose(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (!state_) return;
    state_->activity->RequireIdle("dispose");
    state_.reset();
  });
}

// What makes it compute, on this thread or on Caffe's.

void Solver::Step(const Napi::CallbackInfo& info) {
  Change("step", [&](State& state) {
    state.iteration->Forget();
    state.iteration->Begin();
    state.iteration->Together([&] { state.solver->Step(info[0].As<Napi::Number>()); });
    state.iteration->End();
  });
}

void Solver::Solve(const Napi::CallbackInfo&) {
  Change("solve", [&](State& state) {
    state.iteration->Forget();
    state.iteration->Begin();
    state.iteration->Together([&] { state.iteration->Solve(); });
    state.iteration->End();
  });
}

// (index) -> for each output blob of the test net the means of its values
Napi::Value Solver::Test(const Napi::CallbackInfo& info) {
  return Change("test", [&](State& state) {
    Means means;
    state.iteration->Together([&] { means = state.iteration->Test(info[0].As<Napi::Number>(), [] { return true; }); });
    return MeansTo(info.Env(), means);
  });
}

// Starts `work(state)` on Caffe's thread; `result(env)` is what the promise is fulfilled with. `stops`: it is asked to
// stop from the beginning.
template <class Work, class Result>
Napi::Value Solver::Start(const char* what, Work&& work, Result&& result, bool stops) {
  return Guarded(*environment_, [&] {
    auto watched = [state = (Get(), state_), work] {
      state->timer.Fit(*state->solver);
      WatchPrefetch(state->prefetch_threads, [&] { work(*state); });
    };
    auto stop = [state = state_] { state->iteration->RequestStop(); };
    auto job = std::make_unique<Job>(Value(), state_->activity, what, watched, result, stop);
    state_->iteration->Forget();
    if (stops) state_->iteration->RequestStop();
    return JobRunner::Of(*environment_).Start(std::move(job));
  });
}

// The rate may be asked for as soon as there is a promise, and before the run has its turn.
void Solver::PrepareRun() {
  Guarded(*environment_, [&] {
    if (!Get().activity->IsRunning()) Get().iteration->NoteRate();
  });
}

// (iterations, asked to stop already) -> a promise of whether it has been stopped; after requestStop it is fulfilled at
// the end of the iteration at hand
Napi::Value Solver::StepAsync(const Napi::CallbackInfo& info) {
  const int iterations = info[0].As<Napi::Number>();
  PrepareRun();
  return Start(
      "stepAsync",
      [iterations](State& state) {
        if (!state.iteration->Begin()) return;
        state.iteration->Together([&] { state.solver->Step(iterations); });
        state.iteration->End();
      },
      [state = state_](Napi::Env env) { return Napi::Boolean::New(env, state->iteration->IsStopped()); },
      info[1].As<Napi::Boolean>());
}

// (asked to stop already) -> a promise; as solve, and after requestStop as stepAsync
Napi::Value Solver::SolveAsync(const Napi::CallbackInfo& info) {
  PrepareRun();
  return Start(
      "solveAsync",
      [](State& state) {
        if (!state.iteration->Begin()) return;
        state.iteration->Together([&] { state.iteration->Solve(); });
        state.iteration->End();
      },
      [state = state_](Napi::Env env) { return Napi::Boolean::New(env, state->iteration->IsStopped()); },
      info[0].As<Napi::Boolean>());
}

// (index) -> a promise of what test returns; after requestStop, of what it has of it, unless other ranks take part
Napi::Value Solver::TestAsync(const Napi::CallbackInfo& info) {
  const int index = info[0].As<Napi::Number>();
  auto means = std::make_shared<Means>();
  return Start(
      "testAsync",
      [index, means](State& state) {
        state.iteration->Together([&] {
          *means = state.iteration->Test(index, [&] {
            state.iteration->Yield();
            return state.iteration->Exchange() || !state.iteration->TakeStop();
          });
        });
      },
      [means](Napi::Env env) { return MeansTo(env, *means); });
}

// -> { model, state }: their paths
Napi::Value Solver::Snapshot(const Napi::CallbackInfo& info) {
  return Read("snapshot", [&](State& state) { return state.iteration->WriteSnapshot().To(info.Env()); });
}

void Solver::Restore(const Napi::CallbackInfo& info) {
  Change("restore", [&](State& state) {
    RestoreSolver(Sgd(), info[0].As<Napi::String>());
    state.iteration->NoteIter();
    ShareWithTestNets(*state.solver);
    state.iteration->losses.Forget();
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

// (number): while it runs, takes a snapshot between two iterations and tells "answer" with number, error, { model,
// state }
void Solver::RequestSnapshot(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& iteration = *Get().iteration;
    iteration.requests.Add(info[0].As<Napi::Number>(), [&iteration]() -> Requests::Answer {
      return [files = iteration.WriteSnapshot()](Napi::Env env) { return files.To(env); };
    });
  });
}

// (number, index): likewise what test returns
void Solver::RequestTest(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& iteration = *Get().iteration;
    const int index = info[1].As<Napi::Number>();
    iteration.requests.Add(info[0].As<Napi::Number>(), [&iteration, index]() -> Requests::Answer {
      auto go_on = [&iteration] {
        iteration.Yield();
        return true;
      };
      return [means = iteration.Test(index, go_on)](Napi::Env env) { return MeansTo(env, means); };
    });
  });
}

// Of several ranks.

// (bucketBytes, overlap, check): trains from now on with the solvers of all ranks; see Iteration::Attach. All ranks
// call it, once MPI has begun.
void Solver::Attach(const Napi::CallbackInfo& info) {
  Change("attach", [&](State& state) {
    auto& ranks = *Communicator::Current();
    ranks.Agree("attach");
    RequireSameSolver(ranks, *state.solver, state.iteration->parameter);
    AdoptState(ranks, *state.solver);
    const GradientExchange::Options options{static_cast<size_t>(info[0].As<Napi::Number>().Int64Value()),
                                            info[1].As<Napi::Boolean>()};
    auto exchange = std::make_shared<GradientExchange>(ranks, *state.solver->net(), options);
    state.iteration->Attach(exchange, info[2].As<Napi::Number>());
    state.iteration->losses.Forget();
  });
}

void Solver::Detach(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (!state_) return;
    state_->activity->RequireIdle("detach");
    state_->iteration->Detach();
  });
}

void Solver::RequireSame(const Napi::CallbackInfo&) {
  Change("check", [&](State& state) {
    auto& exchange = state.iteration->Exchange();
    Communicator::Current()->Agree(exchange ? exchange->Named("check") : "check");
    RequireSameValues(*Communicator::Current(), *state.solver);
  });
}

// -> { iterations, bytes, milliseconds, hidden, visible }: see GradientExchange::Figures; undefined unless attached
Napi::Value Solver::Exchanged(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&]() -> Napi::Value {
    auto& exchange = Get().iteration->Exchange();
    if (!exchange) return info.Env().Undefined();
    const auto sum = exchange->Sum();
    auto figures = Napi::Object::New(info.Env());
    figures["iterations"] = Napi::Number::New(info.Env(), sum.iterations);
    figures["bytes"] = Napi::Number::New(info.Env(), sum.bytes);
    figures["milliseconds"] = Napi::Number::New(info.Env(), sum.milliseconds);
    figures["hidden"] = Napi::Number::New(info.Env(), sum.hidden);
    figures["visible"] = Napi::Number::New(info.Env(), sum.visible);
    return figures;
  });
}

// Where it stands, and what may be set while it lives.

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
    return DecimalTo(info.Env(), state.activity->IsReadable() ? NextRate(sgd) : state.iteration->Rate());
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
