// What makes a solver compute, on this thread or on Caffe's.
#include <string>

#include "proto/message.h"
#include "solver/restore.h"
#include "solver/snapshot.h"
#include "solver/solver_access.h"
#include "solver/solver_gate.h"
#include "solver/test_pass.h"

#include "thread/job_runner.h"

namespace tscaffe {

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
    if (state.iteration->WantsFinalSnapshot()) state.iteration->Snapshot();
  });
}

// (index) -> for each output blob of the test net the means of its values
Napi::Value Solver::Test(const Napi::CallbackInfo& info) {
  return Change("test", [&](State& state) {
    return MeansTo(info.Env(), RunTestPass(*state.solver, info[0].As<Napi::Number>(), [] { return true; }));
  });
}

// Starts `work(state)` on Caffe's thread; `result(env)` is what the promise is fulfilled with.
template <class Work, class Result>
Napi::Value Solver::Start(const char* what, Work&& work, Result&& result) {
  return Guarded(*environment_, [&] {
    auto watched = [state = (Get(), state_), work] {
      state->timer.Fit(*state->solver);
      WatchPrefetch(state->prefetch_threads, [&] { work(*state); });
    };
    auto stop = [state = state_] { state->iteration->RequestStop(); };
    auto job = std::make_unique<Job>(Value(), state_->activity, what, watched, result, stop);
    state_->iteration->Forget();
    return JobRunner::Of(*environment_).Start(std::move(job));
  });
}

// The rate may be asked for as soon as there is a promise, and before the run has its turn.
void Solver::PrepareRun() {
  Guarded(*environment_, [&] {
    if (!Get().activity->IsRunning()) Get().iteration->NoteRate();
  });
}

// (iterations) -> a promise; after requestStop it is fulfilled at the end of the iteration at hand
Napi::Value Solver::StepAsync(const Napi::CallbackInfo& info) {
  const int iterations = info[0].As<Napi::Number>();
  PrepareRun();
  return Start(
      "stepAsync",
      [iterations](State& state) {
        if (state.iteration->Begin()) state.solver->Step(iterations);
      },
      [](Napi::Env env) { return env.Undefined(); });
}

// -> a promise; as solve, and after requestStop as stepAsync
Napi::Value Solver::SolveAsync(const Napi::CallbackInfo&) {
  PrepareRun();
  return Start(
      "solveAsync",
      [](State& state) {
        if (!state.iteration->Begin()) return;
        state.solver->Solve();
        const bool stopped = SolverAccess::EarlyExit(*state.solver);
        if (!stopped && state.iteration->WantsFinalSnapshot()) state.iteration->Snapshot();
      },
      [](Napi::Env env) { return env.Undefined(); });
}

// (index) -> a promise of what test returns; after requestStop, of what it has of it
Napi::Value Solver::TestAsync(const Napi::CallbackInfo& info) {
  const int index = info[0].As<Napi::Number>();
  auto means = std::make_shared<Means>();
  return Start(
      "testAsync",
      [index, means](State& state) {
        *means = RunTestPass(*state.solver, index, [&] {
          state.iteration->Yield();
          return !state.iteration->TakeStop();
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
    auto& solver = *Get().solver;
    auto& iteration = *Get().iteration;
    const int index = info[1].As<Napi::Number>();
    iteration.requests.Add(info[0].As<Napi::Number>(), [&solver, &iteration, index]() -> Requests::Answer {
      auto go_on = [&iteration] {
        iteration.Yield();
        return true;
      };
      return [means = RunTestPass(solver, index, go_on)](Napi::Env env) { return MeansTo(env, means); };
    });
  });
}

}  // namespace tscaffe
