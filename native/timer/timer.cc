#include "timer/timer.h"

#include "guard/guarded.h"

namespace tscaffe {

Napi::Function Timer::Define(Napi::Env env) {
  return DefineClass(env, "Timer",
                     {InstanceMethod<&Timer::Start>("start"), InstanceMethod<&Timer::Stop>("stop"),
                      InstanceMethod<&Timer::Milliseconds>("milliseconds")});
}

Timer::Timer(const Napi::CallbackInfo& info) : ObjectWrap(info), environment_(Environment::Of(info.Env())) {
  Guarded(*environment_, [&] { timer_ = std::make_unique<caffe::Timer>(); });
}

void Timer::Start(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { timer_->Start(); });
}

void Timer::Stop(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { timer_->Stop(); });
}

// -> between start and stop; of a timer that runs, it stops it
Napi::Value Timer::Milliseconds(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    return Napi::Number::New(info.Env(), timer_->has_run_at_least_once() ? timer_->MilliSeconds() : 0);
  });
}

}  // namespace tscaffe
