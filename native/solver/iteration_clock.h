// Where the time of an iteration goes beside its layers, while somebody wants to know.
#pragma once

#include <napi.h>

#include <chrono>
#include <mutex>

namespace tscaffe {

class IterationClock {
 public:
  // On the thread that runs the solver. `on`: somebody wants to know.
  void Begin(bool on);
  // Around what listeners are told.
  void BeginCallbacks();
  void EndCallbacks();
  // Caffe's update begins; it ends with the iteration.
  void BeginUpdate();
  void End();

  // -> { iterations, nanoseconds, callbacks, updates }: how many there were, and nanoseconds in all, of these in
  // callbacks, and in updates
  Napi::Value Sums(Napi::Env env) const;

 private:
  using Clock = std::chrono::steady_clock;
  using Nanoseconds = std::chrono::duration<double, std::nano>;

  bool on_ = false;
  Clock::time_point begin_, callbacks_begin_, update_begin_;
  Nanoseconds callbacks_{0};
  mutable std::mutex mutex_;  // of what follows
  double iterations_ = 0;
  Nanoseconds in_all_{0}, in_callbacks_{0}, in_updates_{0};
};

}  // namespace tscaffe
