// The gate between JavaScript and Caffe: every entry goes through one of these three.
#pragma once

#include <exception>
#include <utility>

#include "environment/environment.h"
#include "environment/errors.h"
#include "guard/addons.h"
#include "guard/guard.h"
#include "guard/place.h"
#include "guard/signals.h"

namespace tscaffe {

// For what only looks: failures become JavaScript errors, and exceptions of JavaScript pass through unchanged.
template <class Body>
auto Peek(Environment& environment, Body&& body) -> decltype(body()) {
  try {
    return Guard(body);
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Translate(environment, std::current_exception());
  }
}

// The same for what may change a blob.
template <class Body>
auto Guarded(Environment& environment, Body&& body) -> decltype(body()) {
  struct Mover {
    Environment& environment;
    ~Mover() { environment.NextEpoch(); }
  } mover{environment};
  return Peek(environment, std::forward<Body>(body));
}

// For what builds or runs nets, and so may call layers: also makes the environment current, and settles its log and
// views on the way out.
template <class Body>
auto Running(Environment& environment, Body&& body) -> decltype(body()) {
  struct Settler {
    Environment& environment;
    ~Settler() {
      if (GuardFrame::Depth() > 0) return;  // inside a layer's callback: the outer call settles
      try {
        environment.Settle();
      } catch (const Napi::Error&) {
        // JavaScript is being terminated: there is nobody to tell.
      }
    }
  } settler{environment};
  EnvironmentScope scope(environment);
  PlaceScope place;
  KeepSignalsInTime();
  return Guarded(environment, std::forward<Body>(body));
}

}  // namespace tscaffe
