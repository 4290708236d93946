#include "solver/iteration_clock.h"

namespace tscaffe {

void IterationClock::Begin(bool on) {
  on_ = on;
  if (!on_) return;
  begin_ = Clock::now();
  callbacks_ = Nanoseconds(0);
}

void IterationClock::BeginCallbacks() {
  if (on_) callbacks_begin_ = Clock::now();
}

void IterationClock::EndCallbacks() {
  if (on_) callbacks_ += Clock::now() - callbacks_begin_;
}

void IterationClock::BeginUpdate() {
  if (on_) update_begin_ = Clock::now();
}

void IterationClock::End() {
  if (!on_) return;
  const auto now = Clock::now();
  std::lock_guard<std::mutex> lock(mutex_);
  sums_[0] += 1;
  sums_[1] += Nanoseconds(now - begin_).count();
  sums_[2] += callbacks_.count();
  sums_[3] += Nanoseconds(now - update_begin_).count();
}

Napi::Value IterationClock::Sums(Napi::Env env) const {
  auto sums = Napi::Float64Array::New(env, 4);
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < 4; ++i) sums[i] = sums_[i];
  return sums;
}

}  // namespace tscaffe
