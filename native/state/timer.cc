#include "state/timer.h"

#include <utility>

#include "caffe/mode_scope.h"
#include "environment/gate.h"

namespace tscaffe {

Napi::Function Timer::Define(Napi::Env env) {
  return DefineClass(env, "Timer",
                     {InstanceMethod<&Timer::Start>("start"), InstanceMethod<&Timer::Stop>("stop"),
                      InstanceMethod<&Timer::Milliseconds>("milliseconds")});
}

Timer::Timer(const Napi::CallbackInfo& info) : ObjectWrap(info), environment_(Environment::Of(info.Env())) {
  Guarded(*environment_, [&] {
    mode_ = caffe::Caffe::mode();
    timer_ = std::make_unique<caffe::Timer>();
  });
}

Timer::~Timer() {
  const ModeScope made_in(mode_);
  timer_.reset();
}

// Measures in the mode of the moment.
void Timer::Start(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    if (mode_ != caffe::Caffe::mode()) {
      auto fresh = std::make_unique<caffe::Timer>();
      const ModeScope made_in(mode_);
      timer_ = std::move(fresh);
    }
    mode_ = caffe::Caffe::mode();
    timer_->Start();
  });
}

void Timer::Stop(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    const ModeScope made_in(mode_);
    timer_->Stop();
  });
}

// -> between start and stop; of a timer that runs, it stops it
Napi::Value Timer::Milliseconds(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    const ModeScope made_in(mode_);
    return Napi::Number::New(info.Env(), timer_->has_run_at_least_once() ? timer_->MilliSeconds() : 0);
  });
}

}  // namespace tscaffe
