// Calls of JavaScript that Caffe's threads wait for: how they get to the JavaScript thread, and their answers back.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>

#include "environment/environment.h"
#include "thread/job.h"

namespace tscaffe {

class JsCalls {
 public:
  using Body = std::function<Napi::Value(Napi::Env)>;

  explicit JsCalls(Environment& environment) : environment_(environment) {}
  JsCalls(const JsCalls&) = delete;
  JsCalls& operator=(const JsCalls&) = delete;

  // Those of an environment, once it has had a job.
  static JsCalls& Of(Napi::Env env);

  // On the JavaScript thread, before all else; again is fine.
  void Open();
  // On the JavaScript thread: whether they keep the process alive.
  void KeepAlive(bool whether);

  // From any thread: runs `task` on the JavaScript thread, soon.
  void Post(std::function<void()> task);

  // On a thread of Caffe's, at work for `job`: has `body` run on the JavaScript thread and waits. `body` may return a
  // promise; then it waits for that. False if it threw, or the promise was rejected: what was thrown is in
  // job.js_failure then, or nothing is if the environment has ended.
  bool Ask(Job& job, const Body& body);

  // On the JavaScript thread, when its environment ends: fails what waits, now and later.
  void FailAll();
  // After that, when nobody asks any more.
  void Close();

 private:
  struct Request;
  using Lock = std::unique_lock<std::mutex>;

  void Enter(uint64_t number);
  void Await(uint64_t number, const Napi::Object& promise);
  void Complete(uint64_t number, std::exception_ptr failure);

  Environment& environment_;
  napi_threadsafe_function to_js_ = nullptr;
  std::mutex mutex_;  // of what follows
  std::map<uint64_t, Request*> requests_;
  uint64_t next_request_ = 0;
  bool ended_ = false;
};

}  // namespace tscaffe
