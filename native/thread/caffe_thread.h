// The thread on which asynchronous work runs: one for each environment, so that what Caffe keeps for each thread stays
// in one place. It starts with the first job, costs nothing while idle and does not keep the process alive.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "thread/job.h"

namespace tscaffe {

class Environment;

class CaffeThread {
 public:
  explicit CaffeThread(Environment& environment);
  ~CaffeThread();
  CaffeThread(const CaffeThread&) = delete;
  CaffeThread& operator=(const CaffeThread&) = delete;

  // On the JavaScript thread: takes the job up; its promise settles when it is done.
  Napi::Promise Start(std::unique_ptr<Job> job);

  bool IsCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }

  // On Caffe's thread: runs `body` on the JavaScript thread and waits. `body` may return a promise; then it waits for
  // that. What it throws, or what the promise is rejected with, ends the job and rejects the job's promise.
  void CallJs(const std::function<Napi::Value(Napi::Env)>& body);

  // On Caffe's thread: lets JavaScript settle log lines soon.
  void PostSettle();

  // On the JavaScript thread, when its environment ends: fails what waits for JavaScript, asks the work to end, and
  // waits.
  void Close();

  // Whether the thread is at work: then the process must not run static destructors under it.
  bool IsAtWork();

 private:
  struct Request;
  using Lock = std::unique_lock<std::mutex>;

  void Run();
  void RunSlice(Lock& lock);
  bool OthersWait();
  void Enter(uint64_t number);  // JavaScript thread: runs a request's body
  void Complete(uint64_t number, std::exception_ptr failure);
  void Finish(Job* job);  // JavaScript thread: settles a job's promise
  void Post(std::function<void()> task);

  Environment& environment_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> waiting_;
  std::map<const Job*, std::unique_ptr<Job>> jobs_;  // all that are not settled; touched on the JavaScript thread
  std::map<uint64_t, Request*> requests_;
  uint64_t next_request_ = 0;
  Job* current_ = nullptr;
  bool closing_ = false;
  std::optional<RandomLoan> loan_;
  napi_threadsafe_function to_js_ = nullptr;
  std::thread thread_;
};

}  // namespace tscaffe
