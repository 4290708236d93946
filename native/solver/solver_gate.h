// How a solver's methods reach its Caffe solver: for the files that hold them.
#pragma once

#include "guard/prefetch.h"
#include "environment/gate.h"
#include "solver/solver.h"

namespace tscaffe {

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
    state->timer.Fit(*state->solver);
    return WatchPrefetch(state->prefetch_threads, [&] { return body(*state); });
  });
}

}  // namespace tscaffe
