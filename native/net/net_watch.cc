// What is told of a net that runs, and what is looked for in it.
#include "net/net_gate.h"

namespace tscaffe {

// (moment, function) -> number
Napi::Value Net::AddHook(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto& hooks = State().Hooks(info[0].As<Napi::Number>()).Functions();
    return Napi::Number::New(info.Env(), hooks.Add(info[1].As<Napi::Function>()));
  });
}

// (moment, number)
void Net::RemoveHook(const Napi::CallbackInfo& info) {
  if (state_) state_->Hooks(info[0].As<Napi::Number>()).Functions().Remove(info[1].As<Napi::Number>());
}

// (function) -> number
Napi::Value Net::AddNanHook(const Napi::CallbackInfo& info) {
  return Guarded(*environment_,
                 [&] { return Napi::Number::New(info.Env(), State().NanHooks().Add(info[0].As<Napi::Function>())); });
}

// (number)
void Net::RemoveNanHook(const Napi::CallbackInfo& info) {
  if (state_) state_->NanHooks().Remove(info[0].As<Napi::Number>());
}

// (whether)
void Net::CheckLabels(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] { State().Checks().CheckLabels(info[0].As<Napi::Boolean>()); });
}

// (on): one more, or one less, wants to know how long the layers take
void Net::Profile(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& clock = State().Clock();
    info[0].As<Napi::Boolean>() ? clock.Start() : clock.Stop();
  });
}

// -> see LayerClock::Sums; also while the net runs
Napi::Value Net::Timings(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return State().Clock().Sums(info.Env()); });
}

#ifndef CPU_ONLY
// -> see Transfers::Counts; also while the net runs
Napi::Value Net::Transfers(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] { return State().Copies().Counts(info.Env()); });
}

void Net::ClearTransfers(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { State().Copies().Clear(); });
}
#endif

}  // namespace tscaffe
