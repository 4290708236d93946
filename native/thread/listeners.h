// What JavaScript hears of a net or solver. Caffe waits meanwhile, so that who listens may look at the nets and steer
// the solver; what they throw ends the run. Nothing crosses over to JavaScript that nobody wants to hear.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "environment/environment.h"

namespace tscaffe {

class Event;

// The events of one net or solver, and its wrapper, whose method `hear` is told of them.
class Listeners {
 public:
  explicit Listeners(Environment& environment) : environment_(environment) {}
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // What the wrapper's `hear` refers to may refer to the net or solver, so this does not keep it alive; every running
  // call and job does.
  void SetWrapper(Napi::Object wrapper) { wrapper_ = Napi::Weak(wrapper); }

  // (name of the event, whether it is wanted)
  void Listen(const Napi::CallbackInfo& info);

 private:
  friend class Event;
  Environment& environment_;
  Napi::ObjectReference wrapper_;
  Napi::FunctionReference hear_;  // weak as well: the wrapper has it
  std::vector<Event*> events_;
};

class Event {
 public:
  using Values = std::vector<Napi::Value>;
  using MakeValues = std::function<Values(Napi::Env)>;

  // One of `listeners`, which must outlive it.
  Event(Listeners& listeners, const char* name);
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // From any thread. Tell and Ask look themselves; this is for what takes time to find out what there is to tell.
  bool IsWanted() const { return wanted_; }

  // If it is wanted, calls hear(name, waits, ...values) on the JavaScript thread, and waits for it. On Caffe's thread
  // `waits` is true: a promise that hear returns is waited for as well.
  void Tell() {
    if (wanted_) TellWanted({});
  }
  template <class Make>
  void Tell(Make&& values) {
    if (wanted_) TellWanted(values);
  }

  // The same; gives the text that hear returns, if there is one.
  std::optional<std::string> Ask();

 private:
  friend class Listeners;
  void TellWanted(const MakeValues& values);
  Napi::Value Hear(bool waits, const MakeValues& values) const;

  Listeners& listeners_;
  const char* const name_;
  std::atomic<bool> wanted_{false};
};

}  // namespace tscaffe
