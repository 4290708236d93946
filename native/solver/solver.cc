#include "solver/solver.h"

#include <algorithm>
#include <optional>

#include "file/hdf5.h"
#include "layer/registry.h"
#include "net/net.h"
#include "proto/message.h"
#include "solver/solver_access.h"
#include "solver/solver_gate.h"

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
                      InstanceMethod<&Solver::Dispose>("dispose")});
}

// Caffe loads the weights that a solver names while it builds it.
static bool LoadsHdf5(const caffe::SolverParameter& parameter) {
  auto& weights = parameter.weights();
  return std::any_of(weights.begin(), weights.end(), [](auto& path) { return path.find(".h5") != std::string::npos; });
}

Solver::Solver(const Napi::CallbackInfo& info)
    : ObjectWrap(info), Wrapper(Environment::OwnersOf(info.Env())), environment_(Environment::Of(info.Env())) {
  Running(*environment_, [&] {
    RegistryReading reading;
    auto state = std::make_shared<State>();
    auto parameter = MessageFrom<caffe::SolverParameter>(info[0], "solver");
    if (parameter.iter_size() < 1) {  // Caffe divides the gradients by it, and all weights are NaN
      throw CodedError("ERR_CAFFE_SOLVER",
                       "iter_size must be at least 1, but is " + std::to_string(parameter.iter_size()));
    }
    {
      std::optional<Hdf5Lock> lock;
      if (LoadsHdf5(parameter)) lock.emplace();
      state->solver.reset(caffe::SolverRegistry<float>::CreateSolver(parameter));
    }
    state->activity = std::make_shared<Activity>();
    auto keep = [&](const NetState::Pointer& net) {
      state->nets.push_back(std::make_shared<NetState>(*environment_, net, state->activity));
      auto& threads = state->nets.back()->PrefetchThreads();
      state->prefetch_threads.insert(state->prefetch_threads.end(), threads.begin(), threads.end());
    };
    keep(state->solver->net());
    for (auto& net : state->solver->test_nets()) keep(net);
    ShareWithTestNets(*state->solver);
    state->iteration = std::make_shared<Iteration>(*environment_, *state->solver, *state->nets.front());
    state->iteration->listeners.SetWrapper(Value());
    state_ = std::move(state);
    ShowNets();
    WatchTestNets();
  });
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

}  // namespace tscaffe
