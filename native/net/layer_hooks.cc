#include "net/layer_hooks.h"

#include <vector>

#include "guard/place.h"
#include "thread/js_thread.h"

namespace tscaffe {

int LayerHooks::Add(Napi::Function function) {
  functions_[next_number_] = Napi::Persistent(function);
  count_ = functions_.size();
  return next_number_++;
}

void LayerHooks::Remove(int number) {
  functions_.erase(number);
  count_ = functions_.size();
}

void LayerHooks::run(int layer) {
  const bool before = moment_ == BEFORE_FORWARD || moment_ == BEFORE_BACKWARD;
  const auto pass = moment_ == BEFORE_FORWARD || moment_ == AFTER_FORWARD ? LayerClock::FORWARD : LayerClock::BACKWARD;
  if (before) EnterLayer(net_.layer_names(), layer, pass == LayerClock::FORWARD ? "forward" : "backward");
  if (!before) clock_.End(layer, pass);
  if (watch_) watch_(layer);
  if (count_ > 0) CallFunctions(layer);
  if (before) clock_.Begin();
  if (!before) LeaveLayer();
}

void LayerHooks::CallFunctions(int layer) {
  OnJsThread(environment_, [&] {
    Napi::HandleScope scope(environment_.Env());
    std::vector<int> numbers;  // a hook may remove itself or others
    for (auto& entry : functions_) numbers.push_back(entry.first);
    for (int number : numbers) {
      auto entry = functions_.find(number);
      if (entry != functions_.end()) entry->second.Call({Napi::Number::New(environment_.Env(), layer)});
    }
  });
}

}  // namespace tscaffe
