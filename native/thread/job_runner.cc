#include "thread/job_runner.h"

#include <caffe/util/rng.hpp>
#include <system_error>
#include <utility>

#include "environment/errors.h"
#include "file/hdf5.h"
#include "guard/addons.h"
#include "guard/guard.h"
#include "guard/log.h"
#include "guard/place.h"
#include "guard/prefetch.h"
#include "guard/signals.h"
#include "guard/threads.h"
#include "run/transfer_scope.h"
#include "thread/process_exit.h"

namespace tscaffe {

namespace {

// What Caffe's thread throws through Caffe when JavaScript threw: the value itself stays on the JavaScript thread.
struct JsThrew : std::exception {
  const char* what() const noexcept override { return "a JavaScript layer or callback threw"; }
};

struct EnvironmentEnded : std::exception {
  const char* what() const noexcept override { return "the JavaScript environment has ended"; }
};

// Of the thread of the system that asks.
thread_local JobRunner* current = nullptr;
thread_local Job* current_job = nullptr;

}  // namespace

JobRunner::JobRunner(Environment& environment) : environment_(environment), calls_(environment) {}

JobRunner::~JobRunner() { Close(); }

JobRunner& JobRunner::Of(Environment& environment) {
  if (!environment.job_runner) environment.job_runner = std::make_shared<JobRunner>(environment);
  return *static_cast<JobRunner*>(environment.job_runner.get());
}

JsCalls& JsCalls::Of(Napi::Env env) { return JobRunner::Of(*Environment::Of(env)).calls_; }

JobRunner* JobRunner::Current() { return current; }

std::exception_ptr& JobRunner::Thrown() const { return current_job->js_failure; }

const Job& JobRunner::AtHand() const { return *current_job; }

void JobRunner::Open() {
  if (is_open_) return;
  calls_.Open();
  is_open_ = true;
  EndBeforeProcess(this);
  // Runs before the hook of the way to JavaScript, which would leave a waiting thread waiting.
  napi_add_env_cleanup_hook(
      environment_.Env(), [](void* runner) { static_cast<JobRunner*>(runner)->Close(); }, this);
}

Napi::Promise JobRunner::Start(std::unique_ptr<Job> job) {
  Open();
  EnsureThread();
  environment_.NextEpoch();
  auto promise = job->deferred.Promise();
  Job* pointer = job.get();
  if (jobs_.empty()) {
    calls_.KeepAlive(true);
    loan_.emplace();
    gpu_random_.Begin(loan_->Lent());
  }
  jobs_[pointer] = std::move(job);
  {
    Lock lock(mutex_);
    waiting_.push_back(pointer);
  }
  changed_.notify_one();
  return promise;
}

// Before a job is taken up, so that one that cannot have a thread leaves no trace. A thread that is active sees the job
// when its own is done, waits or yields.
void JobRunner::EnsureThread() {
  Lock lock(mutex_);
  if (closing_) throw CodedError("ERR_CAFFE_THREADS", "cannot start the call: the process exits");
  if (active_ > 0 || idle_ > 0 || AddThread()) return;
  throw NoThreads("cannot start the call");
}

// With the lock: false if the system gives none.
bool JobRunner::AddThread() {
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    return false;
  }
  ++idle_;
  return true;
}

// With the lock, when the thread at hand stops to be active. Where the system gives no thread and none is active, the
// jobs that wait have nobody to wait for but each other: what this job waits for may be one of them. They fail.
void JobRunner::LetOthersBegin() {
  if (idle_ > 0 || waiting_.empty() || closing_ || AddThread() || active_ > 0) return;
  for (Job* job : waiting_) {
    job->failure = std::make_exception_ptr(NoThreads("cannot start the call"));
    Post([this, job] { Finish(job); });
  }
  waiting_.clear();
}

void JobRunner::Work() {
  MarkOwnThread();
  CountHdf5Failures();
  current = this;
  Lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) break;
    Job* job = waiting_.front();
    waiting_.pop_front();
    --idle_;
    ++active_;
    lock.unlock();
    Run(*job);
    Post([this, job] { Finish(job); });
    lock.lock();
    --active_;
    ++idle_;
  }
  ++ended_;
  thread_rests_.notify_all();
}

void JobRunner::Run(Job& job) {
  EnvironmentScope scope(environment_);
  PlaceScope place;
  const TransferScope transfers(job.activity.get());
  current_job = &job;
  TakeTurn();
  try {
    Guard([&] {
      RequireOpen();
      SetLogLevel(environment_.LogLevel());
      job.settings.Apply();
      if (job.settings.IsOnGpu()) gpu_random_.Take();
      job.work();
    });
  } catch (...) {
    job.failure = std::current_exception();
  }
  environment_.KeepLogLines(TakeLogLines());
  EndTurn();
}

void JobRunner::BeginTurn() {
  KeepSignalsInTime();
  loan_->Take();
}

void JobRunner::LeaveTurn() {
  if (!closing_) loan_->Return();  // then several may be at it
}

void JobRunner::TakeTurn() {
  turns_.Take();
  BeginTurn();
}

void JobRunner::EndTurn() {
  LeaveTurn();
  turns_.End();
}

void JobRunner::Yield() {
  {
    Lock lock(mutex_);
    LetOthersBegin();
  }
  turns_.Pass([this] { LeaveTurn(); }, [this] { BeginTurn(); });
}

void JobRunner::CallJs(const JsCalls::Body& body) {
  environment_.KeepLogLines(TakeLogLines());
  Job& job = *current_job;
  const RunningPlace at_work = RunningLayer();
  // The body goes on with what Caffe's thread was about: in that layer, on that GPU, with those random numbers.
  const JsCalls::Body visit = [&](Napi::Env env) {
    PlaceScope place;
    if (at_work.names != nullptr) EnterLayer(*at_work.names, at_work.index, at_work.doing);
    const DeviceVisit device(job.settings);
    RandomVisit random(turns_, *loan_);
    return Guard([&] { return body(env); });
  };
  EndTurn();
  {
    Lock lock(mutex_);
    --active_;
    LetOthersBegin();
  }
  thread_rests_.notify_all();
  const bool answered = calls_.Ask(job, visit);
  {
    Lock lock(mutex_);
    ++active_;
  }
  TakeTurn();
  if (answered) return;
  if (job.js_failure) throw JsThrew();
  throw EnvironmentEnded();
}

void JobRunner::Finish(Job* pointer) {
  environment_.NextEpoch();
  auto node = jobs_.extract(pointer);
  if (jobs_.empty()) {
    loan_->GiveBack();
    loan_.reset();
    gpu_random_.End(*caffe::caffe_rng());
    calls_.KeepAlive(false);
  }
  const auto deferred = node.mapped()->deferred;
  const auto result = node.mapped()->result;
  const auto make_error = node.mapped()->FunctionOf("makeError");
  std::exception_ptr failure = node.mapped()->js_failure ? node.mapped()->js_failure : node.mapped()->failure;
  node.mapped().reset();  // from here on the net or solver is idle
  environment_.Settle();
  try {
    if (failure) std::rethrow_exception(failure);
    deferred.Resolve(result(environment_.Env()));
  } catch (...) {
    deferred.Reject(Translate(environment_, std::current_exception(), make_error).Value());
  }
}

void JobRunner::RequireOpen() const {
  if (closing_) throw EnvironmentEnded();
}

void JobRunner::AskToRest() {
  {
    Lock lock(mutex_);
    closing_ = true;
    for (auto& job : jobs_) job.second->stop();
  }
  turns_.Close();
  changed_.notify_all();
}

bool JobRunner::AwaitRest(std::chrono::steady_clock::time_point until) {
  Lock lock(mutex_);
  return thread_rests_.wait_until(lock, until, [this] { return active_ == 0; });
}

void JobRunner::AskToEnd() {
  AskToRest();
  calls_.FailAll();
}

bool JobRunner::AwaitEnd(std::chrono::steady_clock::time_point until) {
  {
    Lock lock(mutex_);
    if (!thread_rests_.wait_until(lock, until, [this] { return ended_ == threads_.size(); })) return false;
  }
  // What the system keeps for each thread is let go of last.
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return true;
}

void JobRunner::Close() {
  AskToEnd();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();  // AwaitEnd may have joined it
  }
  threads_.clear();
  jobs_.clear();
  ForgetProcessExit(this);
  calls_.Close();
}

}  // namespace tscaffe
