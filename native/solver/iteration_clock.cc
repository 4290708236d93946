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
  ++iterations_;
  in_all_ += now - begin_;
  in_callbacks_ += callbacks_;
  in_updates_ += now - update_begin_;
}

Napi::Value IterationClock::Sums(Napi::Env env) const {
  auto sums = Napi::Object::New(env);
  std::lock_guard<std::mutex> lock(mutex_);
  sums["iterations"] = Napi::Number::New(env, iterations_);
  sums["nanoseconds"] = Napi::Number::New(env, in_all_.count());
  sums["callbacks"] = Napi::Number::New(env, in_callbacks_.count());
  sums["updates"] = Napi::Number::New(env, in_updates_.count());
  return sums;
}

}  // namespace tscaffe
