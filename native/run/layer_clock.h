// How long each layer of a net takes, while somebody wants to know.
#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

namespace tscaffe {

class LayerClock {
 public:
  enum Pass { FORWARD, BACKWARD, PASSES };
  using Clock = std::chrono::steady_clock;

  explicit LayerClock(size_t layers) : times_(layers * PASSES) {}

  // On the JavaScript thread. Several may want to know at once, so the sums are never reset.
  void Start() { ++users_; }
  void Stop() { --users_; }
  bool IsOn() const { return users_ > 0; }

  // Around the work of a layer, on the thread that runs the net.
  void Begin();
  void End(int layer, Pass pass);

  // What TypeScript took of the layer's time, the way to its thread and back included.
  bool IsInLayer() const { return in_layer_; }
  void AddScript(Clock::duration time) { script_ += time; }

  // -> for each layer { forward, backward }, each { calls, nanoseconds, typescript }: in all, and of these in
  // TypeScript
  Napi::Value Sums(Napi::Env env) const;

 private:
  struct Times {
    double calls = 0, nanoseconds = 0, script = 0;
    Napi::Object To(Napi::Env env) const;
  };

  std::atomic<int> users_{0};
  bool in_layer_ = false;
  Clock::time_point begin_;
  Clock::duration script_{0};
  mutable std::mutex mutex_;  // of what follows
  std::vector<Times> times_;
};

// The time of a call of TypeScript within a layer.
class ScriptTime {
 public:
  // `clock` may be null: of a layer that is in no net.
  explicit ScriptTime(LayerClock* clock)
      : clock_(clock != nullptr && clock->IsInLayer() ? clock : nullptr),
        begin_(clock_ != nullptr ? LayerClock::Clock::now() : LayerClock::Clock::time_point()) {}
  ~ScriptTime() {
    if (clock_ != nullptr) clock_->AddScript(LayerClock::Clock::now() - begin_);
  }
  ScriptTime(const ScriptTime&) = delete;
  ScriptTime& operator=(const ScriptTime&) = delete;

 private:
  LayerClock* const clock_;
  const LayerClock::Clock::time_point begin_;
};

}  // namespace tscaffe
