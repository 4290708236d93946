// The raw solver. src/solver/ makes it friendly.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "environment/gate.h"
#include "environment/object_wrap.h"
#include "guard/prefetch.h"
#include "net/live_net.h"
#include "solver/iteration.h"
#include "solver/solver_timer.h"

namespace tscaffe {

class Solver : public ObjectWrap<Solver>, private Wrapper {
 public:
  static constexpr const char* kName = "Solver";
  static Napi::Function Define(Napi::Env env);

  // (bytes of a SolverParameter; its nets are inside; engine)
  explicit Solver(const Napi::CallbackInfo& info);

  using Pointer = boost::shared_ptr<caffe::Solver<float>>;
  // Its wrapper, with an activity of its own.
  static Napi::Object Wrap(Environment& environment, Pointer solver, std::shared_ptr<Activity> activity);

 private:
  // Member order is teardown order, last first: the solver calls the iteration, whose nets the states share.
  struct State {
    std::vector<std::shared_ptr<LiveNet>> nets;  // the train net, then the test nets
    std::shared_ptr<Iteration> iteration;
    boost::shared_ptr<caffe::Solver<float>> solver;
    std::shared_ptr<Activity> activity;
    std::vector<PrefetchThread> prefetch_threads;  // of all nets
    SolverTimer timer;
    std::unique_ptr<MemoryWatch> train_net_memory;

    State() = default;
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;
  };

  Napi::Value Type(const Napi::CallbackInfo& info);
  Napi::Value Iter(const Napi::CallbackInfo& info);
  Napi::Value LearningRate(const Napi::CallbackInfo& info);
  Napi::Value Loss(const Napi::CallbackInfo& info);
  Napi::Value SmoothedLoss(const Napi::CallbackInfo& info);
  Napi::Value Param(const Napi::CallbackInfo& info);
  void SetParam(const Napi::CallbackInfo& info);
  void OverrideRate(const Napi::CallbackInfo& info);
  Napi::Value History(const Napi::CallbackInfo& info);
  void Step(const Napi::CallbackInfo& info);
  void Solve(const Napi::CallbackInfo& info);
  Napi::Value StepAsync(const Napi::CallbackInfo& info);
  Napi::Value SolveAsync(const Napi::CallbackInfo& info);
  Napi::Value TestAsync(const Napi::CallbackInfo& info);
  Napi::Value Test(const Napi::CallbackInfo& info);
  Napi::Value Snapshot(const Napi::CallbackInfo& info);
  void Restore(const Napi::CallbackInfo& info);
  void ApplyUpdate(const Napi::CallbackInfo& info);
  void RequestStop(const Napi::CallbackInfo& info);
  void RequestSnapshot(const Napi::CallbackInfo& info);
  void RequestTest(const Napi::CallbackInfo& info);
  void Listen(const Napi::CallbackInfo& info);
  Napi::Value Timings(const Napi::CallbackInfo& info);
  void Attach(const Napi::CallbackInfo& info);
  void Detach(const Napi::CallbackInfo& info);
  void RequireSame(const Napi::CallbackInfo& info);
  Napi::Value Exchanged(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  bool IsCollected() const override { return Value().IsEmpty(); }
  void Abandon() override { state_.reset(); }
  void Adopt(Pointer solver, std::shared_ptr<Activity> activity);
  State& Get() const;
  void ShowNets();
  void WatchTestNets();
  void PrepareRun();
  template <class Work, class Result>
  Napi::Value Start(const char* what, Work&& work, Result&& result, bool stops = false);
  caffe::SGDSolver<float>& Sgd() const;
  // For what looks at the solver.
  template <class Body>
  auto Read(const char* what, Body&& body) {
    return Guarded(*environment_, [&] {
      Get().activity->RequireReadable(what);
      return body(Get());
    });
  }
  // For what runs or changes the solver; one at a time.
  template <class Body>
  auto Change(const char* what, Body&& body) {
    return Running(*environment_, [&] {
      auto state = (Get(), state_);  // a callback may let go of this wrapper
      RunScope running(*state->activity, what);
      state->timer.Fit(*state->solver);
      return WatchPrefetch(state->prefetch_threads, [&] { return body(*state); });
    });
  }

  const std::shared_ptr<Environment> environment_;
  std::shared_ptr<State> state_;  // empty after dispose
};

// The same on Caffe's thread: see BuildNet in net.h.
// buildSolver(builder, bytes of a SolverParameter) -> a promise of a Solver
Napi::Value BuildSolver(const Napi::CallbackInfo& info);

}  // namespace tscaffe
