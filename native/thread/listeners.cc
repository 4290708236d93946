#include "thread/listeners.h"

#include "thread/js_thread.h"

namespace tscaffe {

void Listeners::Listen(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  for (auto* event : events_) {
    if (name != event->name_) continue;
    event->wanted_ = info[1].As<Napi::Boolean>();
    if (hear_.IsEmpty()) hear_ = Napi::Weak(wrapper_.Value().Get("hear").As<Napi::Function>());
    return;
  }
  throw Napi::TypeError::New(info.Env(), "There is no event \"" + name + "\"");
}

Event::Event(Listeners& listeners, const char* name) : listeners_(listeners), name_(name) {
  listeners.events_.push_back(this);
}

// On the JavaScript thread, within a scope of handles.
Napi::Value Event::Hear(bool waits, const MakeValues& values) const {
  auto env = listeners_.environment_.Env();
  auto wrapper = listeners_.wrapper_.Value();
  if (wrapper.IsEmpty()) return env.Undefined();  // collected: there is nobody left to hear
  std::vector<napi_value> arguments{Napi::String::New(env, name_), Napi::Boolean::New(env, waits)};
  if (values) {
    for (auto& value : values(env)) arguments.push_back(value);
  }
  return listeners_.hear_.Value().Call(wrapper, arguments);
}

void Event::TellWanted(const MakeValues& values) {
  auto& environment = listeners_.environment_;
  const bool waits = JobRunner::Current() != nullptr;
  auto hear = [&] {
    if (!waits) environment.Settle();
    return Hear(waits, values);
  };
  // TypeScript knows whose promise it is, and has refused it by now.
  OnJsThread(environment, hear, [](const Napi::Object&) {});
}

std::optional<std::string> Event::Ask() {
  std::optional<std::string> text;
  if (!wanted_) return text;
  OnJsThread(listeners_.environment_, [&] {
    Napi::HandleScope scope(listeners_.environment_.Env());
    Napi::Value answer = Hear(false, {});
    if (answer.IsString()) text = answer.As<Napi::String>();
  });
  return text;
}

}  // namespace tscaffe
