// What is told of a net that runs, and what is looked for in it.
#include "net/net_gate.h"

namespace tscaffe {

// (event, wanted): whether `hear` is told of it. A net that has been disposed has no more to tell, and says so to who
// wants to hear.
void Net::Listen(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    if (info[1].ToBoolean()) State();
    if (state_) state_->Hearers().Listen(info);
  });
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
