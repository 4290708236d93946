#include "net/layer_hooks.h"

#include "guard/place.h"

namespace tscaffe {

void LayerHooks::run(int layer) {
  const bool before = moment_ == BEFORE_FORWARD || moment_ == BEFORE_BACKWARD;
  const auto pass = moment_ == BEFORE_FORWARD || moment_ == AFTER_FORWARD ? LayerClock::FORWARD : LayerClock::BACKWARD;
  if (before) EnterLayer(net_.layer_names(), layer, pass == LayerClock::FORWARD ? "forward" : "backward");
  if (!before) clock_.End(layer, pass);
  if (watch_) watch_(layer);
  if (!functions_.Empty()) functions_.Call([layer](Napi::Env env) { return Napi::Number::New(env, layer); });
  if (before) clock_.Begin();
  if (!before) LeaveLayer();
}

}  // namespace tscaffe
