#include "environment/environment.h"

#include <utility>

namespace tscaffe {

namespace {
thread_local Environment* current = nullptr;
}  // namespace

Environment::Environment(Napi::Env env) : stamps(env), env_(env) {}

std::shared_ptr<Environment> Environment::Of(Napi::Env env) {
  return *env.GetInstanceData<std::shared_ptr<Environment>>();
}

std::shared_ptr<Wrappers> Environment::BlobsOf(Napi::Env env) {
  auto environment = Of(env);
  return {environment, &environment->blobs};
}

std::shared_ptr<Wrappers> Environment::OwnersOf(Napi::Env env) {
  auto environment = Of(env);
  return {environment, &environment->owners};
}

Environment* Environment::Current() { return current; }

void Environment::Settle() {
  blobs.CheckViews();
  KeepLogLines(TakeLogLines());
  if (!has_kept_lines_) return;
  std::vector<LogLine> lines;
  {
    std::lock_guard<std::mutex> lock(kept_mutex_);
    lines.swap(kept_lines_);
    has_kept_lines_ = false;
  }
  if (lines.empty() || receive_log.IsEmpty()) return;
  Napi::HandleScope scope(env_);
  auto batch = Napi::Array::New(env_, lines.size());
  for (uint32_t i = 0; i < lines.size(); ++i) {
    auto line = Napi::Object::New(env_);
    line["severity"] = Napi::Number::New(env_, lines[i].severity);
    line["source"] = Napi::String::New(env_, lines[i].file + ":" + std::to_string(lines[i].line));
    line["text"] = Napi::String::New(env_, lines[i].text);
    batch[i] = line;
  }
  receive_log.Call({batch});
}

void Environment::KeepLogLines(std::vector<LogLine> lines) {
  if (lines.empty()) return;
  std::lock_guard<std::mutex> lock(kept_mutex_);
  for (auto& line : lines) kept_lines_.push_back(std::move(line));
  has_kept_lines_ = true;
}

void Environment::SetLogLevel(int severity) {
  log_level_ = severity;
  tscaffe::SetLogLevel(severity);
}

EnvironmentScope::EnvironmentScope(Environment& environment) : outer_(current) { current = &environment; }
EnvironmentScope::~EnvironmentScope() { current = outer_; }

}  // namespace tscaffe
