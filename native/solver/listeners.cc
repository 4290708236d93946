#include "solver/listeners.h"

#include "thread/js_thread.h"

namespace tscaffe {

// On the JavaScript thread, within a scope of handles.
Napi::Value Listeners::Hear(Event event, const std::function<Values(Napi::Env)>& values) {
  auto env = environment_.Env();
  std::vector<napi_value> arguments{Napi::Number::New(env, static_cast<int>(event))};
  if (values) {
    for (auto& value : values(env)) arguments.push_back(value);
  }
  return wrapper_.Value().Get("hear").As<Napi::Function>().Call(wrapper_.Value(), arguments);
}

void Listeners::Tell(Event event, const std::function<Values(Napi::Env)>& values) {
  const bool background = JobRunner::Current() != nullptr;
  OnJsThread(environment_, [&] {
    Napi::HandleScope scope(environment_.Env());
    if (!background) environment_.Settle();
    Hear(event, values);
  });
}

std::optional<std::string> Listeners::Ask(Event event) {
  std::optional<std::string> text;
  if (!IsWanted(event)) return text;
  OnJsThread(environment_, [&] {
    Napi::HandleScope scope(environment_.Env());
    Napi::Value answer = Hear(event, {});
    if (answer.IsString()) text = answer.As<Napi::String>();
  });
  return text;
}

}  // namespace tscaffe
