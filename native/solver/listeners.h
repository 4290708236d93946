// What JavaScript hears of a run. Caffe waits meanwhile, so that listeners may look at the nets and steer the solver;
// what they throw ends the run. Nothing crosses over to JavaScript that nobody wants to hear.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "environment/environment.h"

namespace tscaffe {

// In the order of NativeSolver's `events`.
enum class Event { kStart, kGradientsReady, kRate, kIteration, kTest, kSnapshot, kAnswer, kSources };

class Listeners {
 public:
  using Values = std::vector<Napi::Value>;

  explicit Listeners(Environment& environment) : environment_(environment) {}

  // The solver's wrapper: its method `hear` is told. What that refers to may refer to the solver, so this does not keep
  // it alive; every running call and job does.
  void SetWrapper(Napi::Object wrapper) { wrapper_ = Napi::Weak(wrapper); }

  // A bit for each event.
  void Want(uint32_t events) { wanted_ = events; }
  bool IsWanted(Event event) const { return (wanted_ >> static_cast<int>(event) & 1) != 0; }

  // Calls hear(event, ...values) on the JavaScript thread, whether it is wanted or not, and waits.
  void Tell(Event event, const std::function<Values(Napi::Env)>& values);

  // The same without values; gives the text that hear returns, if it is wanted and there is one.
  std::optional<std::string> Ask(Event event);

 private:
  Napi::Value Hear(Event event, const std::function<Values(Napi::Env)>& values);

  Environment& environment_;
  Napi::ObjectReference wrapper_;
  std::atomic<uint32_t> wanted_{0};
};

}  // namespace tscaffe
