// Where asynchronous work runs: one runner for each environment, with threads of its own. It starts with the first job,
// costs nothing while idle and does not keep the process alive.
//
// It is one thread ("Caffe's thread") as far as Caffe can tell: one job at a time is at work, and what Caffe keeps for
// each thread goes from job to job. But a job that waits for JavaScript keeps a stack, and others must be able to go on
// meanwhile: what it waits for may be one of them. So a job that has begun has a thread of the system to itself until
// it is done.
#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "environment/environment.h"
#include "thread/job.h"
#include "thread/js_calls.h"
#include "thread/thread_state.h"
#include "thread/turns.h"

namespace tscaffe {

class JobRunner {
 public:
  explicit JobRunner(Environment& environment);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  // The runner of an environment; made when it is first asked for.
  static JobRunner& Of(Environment& environment);

  // The runner whose thread this is; null on other threads.
  static JobRunner* Current();

  // On the JavaScript thread: takes the job up; its promise settles when it is done. Throws ERR_CAFFE_THREADS, and
  // takes nothing up, if there is no thread to be had for it.
  Napi::Promise Start(std::unique_ptr<Job> job);

  // On Caffe's thread: runs `body` on the JavaScript thread and waits. `body` may return a promise; then it waits for
  // that. What it throws, or what the promise is rejected with, ends the job and rejects the job's promise.
  void CallJs(const JsCalls::Body& body);

  // On Caffe's thread: where the job at hand keeps what JavaScript threw in it, to be let go of on the JavaScript
  // thread only.
  std::exception_ptr& Thrown() const;

  // On Caffe's thread: the job at hand.
  const Job& AtHand() const;

  // On Caffe's thread: lets other jobs have their turn first.
  void Yield();

  // From any thread: runs `task` on the JavaScript thread, soon. After the first job only.
  void Post(std::function<void()> task) { calls_.Post(std::move(task)); }

  // On the JavaScript thread, when it hears that the process exits: asks the work to end soon. Nothing begins any more.
  void AskToRest();
  // After that: whether no thread computes any more by then. What waits for JavaScript goes on waiting: JavaScript may
  // be in the middle of it.
  bool AwaitRest(std::chrono::steady_clock::time_point until);
  // When the environment ends or the process exits: the same, and fails what waits for JavaScript.
  void AskToEnd();
  // After that: whether all threads have ended by then.
  bool AwaitEnd(std::chrono::steady_clock::time_point until);
  // When the environment ends: asks, waits, and lets go of all.
  void Close();

  // On Caffe's thread, before each layer that computes or is made: throws if the work is to end.
  void RequireOpen() const;

 private:
  friend class JsCalls;
  using Lock = std::unique_lock<std::mutex>;

  void Open();
  void EnsureThread();
  bool AddThread();
  void LetOthersBegin();
  void Work();
  void Run(Job& job);
  void BeginTurn();
  void LeaveTurn();
  void TakeTurn();
  void EndTurn();
  void Finish(Job* job);  // JavaScript thread: settles a job's promise

  Environment& environment_;
  JsCalls calls_;
  bool is_open_ = false;
  std::map<const Job*, std::unique_ptr<Job>> jobs_;  // all that are not settled; touched on the JavaScript thread
  GpuRandom gpu_random_;
  std::optional<RandomLoan> loan_;  // while there are jobs; whose turn it is has the numbers
  Turns turns_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Job*> waiting_;   // jobs that have not begun
  int idle_ = 0, active_ = 0;  // threads without a job, and threads whose job does not wait for JavaScript
  std::atomic<bool> closing_{false};
  std::condition_variable thread_rests_;  // it has ended, or its job waits for JavaScript
  size_t ended_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace tscaffe
