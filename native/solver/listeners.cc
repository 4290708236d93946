#include "solver/listeners.h"

#include "thread/js_thread.h"

namespace tscaffe {

void Listeners::Tell(Event event, const std::function<Values(Napi::Env)>& values) {
  const bool background = environment_.Thread().IsCurrent();
  OnJsThread(environment_, [&] {
    auto env = environment_.Env();
    Napi::HandleScope scope(env);
    if (!background) environment_.Settle();
    std::vector<napi_value> arguments{Napi::Number::New(env, static_cast<int>(event))};
    if (values) {
      for (auto& value : values(env)) arguments.push_back(value);
    }
    wrapper_.Value().Get("hear").As<Napi::Function>().Call(wrapper_.Value(), arguments);
  });
}

}  // namespace tscaffe
