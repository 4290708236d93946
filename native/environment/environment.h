// What one JavaScript environment owns. Nothing of JavaScript lives in a static: each worker loads the addon anew, on a
// thread of its own. And so does each copy of the package: a bundler or a test runner may evaluate its JavaScript twice
// on one thread, also in another realm. A copy has an environment of its own, so that the addon makes its objects from
// its classes and tells its listeners.
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

// What the environments of one thread have in common, for a blob of one may be given to another: there is one wrapper a
// blob, and what one copy calls may end the views of all.
struct BlobsOfThread {
  Stamps stamps;
  BlobWrappers wrappers;
};

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

  // Set once by `initialize`. Those of TypeScript are weak: the copy of the package that they belong to keeps them, and
  // this environment would keep the whole copy, with its realm, until the thread ends.
  Napi::FunctionReference make_error, blob_class, bind_layer, receive_log, device_pointer_class, float32_array,
      uint8_array;
  Napi::FunctionReference net_class, solver_class;

  // Typed arrays of the realm that the package was evaluated in: there `instanceof` is to be true. Node-API makes
  // objects of the main realm.
  Napi::Float32Array MakeFloats(Napi::ArrayBuffer buffer, size_t count) const;
  Napi::Uint8Array MakeBytes(size_t count) const;

  // What may have changed a blob's shape or memory moves the epoch on.
  void NextEpoch() { stamps.NextEpoch(); }

 private:
  const std::shared_ptr<BlobsOfThread> of_thread_;

 public:
  Stamps& stamps;

  // The wrappers of blobs; and those of nets, solvers and layers.
  BlobWrappers& blobs;
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
