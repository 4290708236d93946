#include "environment.h"

#include <utility>

#include "blob/blob.h"
#include "cuda/failure.h"

namespace tscaffe {

namespace {
thread_local Environment* current = nullptr;

void Describe(const LayerPlace& place, Napi::Object details) {
  if (place.name.empty()) return;
  auto env = details.Env();
  details["layer"] = Napi::String::New(env, place.name);
  details["layerIndex"] = Napi::Number::New(env, place.index);
  details["during"] = Napi::String::New(env, place.doing);
}

}  // namespace

Environment::Environment(Napi::Env env) : stamps(env), env_(env) {}

std::shared_ptr<Environment> Environment::Of(Napi::Env env) {
  return *env.GetInstanceData<std::shared_ptr<Environment>>();
}

std::shared_ptr<Wrappers> Environment::BlobsOf(Napi::Env env) {
  auto environment = Of(env);
  return {environment, &environment->blob_wrappers_};
}

std::shared_ptr<Wrappers> Environment::OwnersOf(Napi::Env env) {
  auto environment = Of(env);
  return {environment, &environment->owners_};
}

Environment* Environment::Current() { return current; }

Napi::Error Environment::MakeError(const char* code, const std::string& message, Napi::Object details) const {
  Napi::HandleScope scope(env_);
  auto error = error_class.New({Napi::String::New(env_, code), Napi::String::New(env_, message), details});
  return Napi::Error(env_, error);
}

Napi::Error Environment::MakeError(const char* code, const std::string& message) const {
  Napi::HandleScope scope(env_);
  return MakeError(code, message, Napi::Object::New(env_));
}

Napi::Error Environment::MakeError(const CodedError& error) const {
  Napi::HandleScope scope(env_);
  auto details = Napi::Object::New(env_);
  Describe(error.place, details);
  return MakeError(error.code, error.what(), details);
}

Napi::Error Environment::MakeError(const ValueError& error) const {
  Napi::HandleScope scope(env_);
  auto details = Napi::Object::New(env_);
  Describe(error.place, details);
  auto& [blob, param, diff, element] = error.value;
  if (param < 0) {
    details["blob"] = Napi::String::New(env_, blob);
  } else {
    details["param"] = Napi::Number::New(env_, param);
  }
  details["values"] = Napi::String::New(env_, diff ? "diff" : "data");
  details["element"] = Napi::Number::New(env_, element);
  return MakeError(error.code, error.what(), details);
}

Napi::Error Environment::MakeError(const CheckFailure& failure) const {
  Napi::HandleScope scope(env_);
  auto details = Napi::Object::New(env_);
  details["check"] = Napi::String::New(env_, failure.what());
  const std::string line = failure.line > 0 ? ":" + std::to_string(failure.line) : "";
  details["source"] = Napi::String::New(env_, failure.file + line);
  Describe(failure.place, details);
  const std::string text = failure.what();
  CudaFailure cuda;
  if (IsCudaFailure(text, &cuda)) {
    return MakeError(cuda.code, cuda.advice.empty() ? text : text + " (" + cuda.advice + ")", details);
  }
  for (auto* no_gpu : {"CPU-only Caffe", "has unknown engine"}) {
    if (text.find(no_gpu) == std::string::npos) continue;
    return MakeError("ERR_CAFFE_NO_GPU", text + " (" + kNoGpu + ")", details);
  }
  return MakeError("ERR_CAFFE_CHECK", text, details);
}

void Environment::Settle() {
  for (auto it = viewed.begin(); it != viewed.end();) {
    Blob* blob = *it++;  // a blob without live views leaves the set
    blob->DetachStaleViews();
    blob->Confirm();
  }
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
