// What one JavaScript environment (the main thread or a worker) owns. Nothing of JavaScript lives in a static: each
// worker loads the addon anew, on a thread of its own.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "caffe/headers.h"
#include "environment/stamps.h"
#include "environment/wrappers.h"
#include "guard/log.h"

namespace tscaffe {

class Environment {
 public:
  explicit Environment(Napi::Env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static std::shared_ptr<Environment> Of(Napi::Env env);

  // The same two lists as below, which keep the environment.
  static std::shared_ptr<Wrappers> BlobsOf(Napi::Env env);
  static std::shared_ptr<Wrappers> OwnersOf(Napi::Env env);

  // The environment whose call is on this thread; null outside of calls.
  static Environment* Current();

  Napi::Env Env() const { return env_; }

  // Hands the log lines to TypeScript and detaches views whose memory has been replaced. Only where glog holds no lock.
  void Settle();

  // From any thread: lines to deliver at the next Settle.
  void KeepLogLines(std::vector<LogLine> lines);

  // The least severe lines that TypeScript wants.
  int LogLevel() const { return log_level_; }
  void SetLogLevel(int severity);

  // Set once by `initialize`.
  Napi::FunctionReference make_error, blob_class, bind_layer, receive_log, net_class, device_pointer_class;

  // What may have changed a blob's shape or memory moves the epoch on.
  void NextEpoch() { stamps.NextEpoch(); }
  Stamps stamps;

  // The wrappers of blobs; and those of nets, solvers and layers.
  BlobWrappers blobs;
  Wrappers owners{4};

 private:
  friend class EnvironmentScope;
  const Napi::Env env_;
  std::atomic<int> log_level_{google::GLOG_WARNING};
  std::mutex kept_mutex_;
  std::vector<LogLine> kept_lines_;
  std::atomic<bool> has_kept_lines_{false};

 public:
  // The asynchronous work of this environment, which thread/job_runner.h knows: it ends when this does. The last
  // member, since its threads use the others until then.
  std::shared_ptr<void> job_runner;
};

// Makes an environment the current one of this thread.
class EnvironmentScope {
 public:
  explicit EnvironmentScope(Environment& environment);
  ~EnvironmentScope();
  EnvironmentScope(const EnvironmentScope&) = delete;
  EnvironmentScope& operator=(const EnvironmentScope&) = delete;

 private:
  Environment* const outer_;
};

}  // namespace tscaffe
