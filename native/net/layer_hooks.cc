#include "net/layer_hooks.h"

#include "guard/place.h"
#include "thread/job_runner.h"

namespace tscaffe {

namespace {

void TellLayer(Event& event, int layer) {
  event.Tell([layer](Napi::Env env) -> Event::Values { return {Napi::Number::New(env, layer)}; });
}

}  // namespace

void BeforeLayer::run(int layer) {
  if (auto* runner = JobRunner::Current()) runner->RequireOpen();
  EnterLayer(net_.layer_names(), layer, pass_ == LayerClock::FORWARD ? "forward" : "backward");
  if (fusion_ != nullptr && fusion_->IsComputed(layer)) return;
  TellLayer(event_, layer);
  clock_.Begin();
}

void AfterLayer::run(int layer) {
  clock_.End(layer, pass_);
  if (watch_) watch_(layer);
  if (fusion_ == nullptr || !fusion_->IsComputed(layer + 1)) TellLayer(event_, layer);
  if (watch_last_) watch_last_(layer);
  LeaveLayer();
}

}  // namespace tscaffe
