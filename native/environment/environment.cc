#include "environment/environment.h"

#include <utility>

namespace tscaffe {

namespace {

thread_local Environment* current = nullptr;

std::shared_ptr<BlobsOfThread> OfThread() {
  static thread_local std::weak_ptr<BlobsOfThread> known;
  auto blobs = known.lock();
  if (!blobs) known = blobs = std::make_shared<BlobsOfThread>();
  return blobs;
}

}  // namespace

Environment::Environment(Napi::Env env)
    : of_thread_(OfThread()), stamps(of_thread_->stamps), blobs(of_thread_->wrappers), env_(env) {}

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
  if (lines.empty()) return;
  Napi::HandleScope scope(env_);
  if (receive_log.IsEmpty() || receive_log.Value().IsEmpty()) return;
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

Napi::Float32Array Environment::MakeFloats(Napi::ArrayBuffer buffer, size_t count) const {
  auto array = float32_array.New({buffer, Napi::Number::New(env_, 0), Napi::Number::New(env_, double(count))});
  return array.As<Napi::Float32Array>();
}

Napi::Uint8Array Environment::MakeBytes(size_t count) const {
  return uint8_array.New({Napi::Number::New(env_, double(count))}).As<Napi::Uint8Array>();
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

EnvironmentScope::EnvironmentScope(Environment& environment) : outer_(current) {
  current = &environment;
  tscaffe::SetLogLevel(environment.LogLevel());
}

EnvironmentScope::~EnvironmentScope() {
  current = outer_;
  if (outer_ != nullptr) tscaffe::SetLogLevel(outer_->LogLevel());
}

}  // namespace tscaffe
