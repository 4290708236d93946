#include "thread/caffe_thread.h"

#include <cstdlib>
#include <set>
#include <utility>

#include "environment.h"
#include "guard/background.h"
#include "guard/check_failure.h"
#include "guard/hdf5_stderr.h"
#include "guard/log.h"
#include "guard/place.h"
#include "guard/translate.h"
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

}  // namespace

// A call of JavaScript that Caffe's thread waits for; it lies on that thread's stack.
struct CaffeThread::Request {
  const std::function<Napi::Value(Napi::Env)>& body;
  Job* job;
  bool done = false;
  bool failed = false;
};

CaffeThread::CaffeThread(Environment& environment) : environment_(environment) {}

CaffeThread::~CaffeThread() { Close(); }

Napi::Promise CaffeThread::Start(std::unique_ptr<Job> job) {
  Napi::Env env = environment_.Env();
  if (to_js_ == nullptr) {
    auto call_js = [](napi_env call_env, napi_value, void*, void* data) {
      std::unique_ptr<std::function<void()>> task(static_cast<std::function<void()>*>(data));
      if (call_env == nullptr) return;  // the environment has ended: Close() has failed what waits
      Napi::HandleScope scope(call_env);
      (*task)();
    };
    auto name = Napi::String::New(env, "tscaffe");
    const auto status =
        napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, call_js, &to_js_);
    if (status != napi_ok) throw CodedError("ERR_CAFFE_INTERNAL", "cannot start Caffe's thread");
    napi_unref_threadsafe_function(env, to_js_);
    EndProcessQuietly(this);
    // Runs before the function's own hook, which would leave a waiting thread waiting.
    napi_add_env_cleanup_hook(
        env, [](void* thread) { static_cast<CaffeThread*>(thread)->Close(); }, this);
  }
  environment_.NextEpoch();
  auto promise = job->deferred.Promise();
  Job* pointer = job.get();
  if (jobs_.empty()) {
    napi_ref_threadsafe_function(env, to_js_);
    loan_.emplace();
  }
  jobs_[pointer] = std::move(job);
  {
    Lock lock(mutex_);
    waiting_.push_back(pointer);
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  }
  changed_.notify_all();
  return promise;
}

void CaffeThread::Run() {
  MarkOwnThread();
  QuietHdf5();
  Lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) return;
    RunSlice(lock);
  }
}

// With the lock: takes the next job and runs it until it is done or pauses. Also called while another job waits for
// JavaScript, for what that waits for may be this very job.
void CaffeThread::RunSlice(Lock& lock) {
  Job* job = waiting_.front();
  waiting_.pop_front();
  Job* outer = std::exchange(current_, job);
  lock.unlock();
  bool done = true;
  {
    EnvironmentScope scope(environment_);
    PlaceScope place;
    const ThreadSettings outer_settings;
    try {
      Guard([&] {
        SetLogLevel(environment_.LogLevel());
        job->settings.Apply();
        if (outer == nullptr) loan_->Take();
        done = job->work([this] { return OthersWait(); });
      });
    } catch (...) {
      job->failure = std::current_exception();
    }
    loan_->Return();
    if (outer != nullptr) outer_settings.Apply();
    environment_.KeepLogLines(TakeLogLines());
  }
  lock.lock();
  current_ = outer;
  if (!done && !job->failure && !closing_) {
    waiting_.push_back(job);
  } else {
    Post([this, job] { Finish(job); });
  }
}

bool CaffeThread::OthersWait() {
  Lock lock(mutex_);
  if (!waiting_.empty() || closing_) return true;
  for (auto& entry : requests_) {
    if (entry.second->done) return true;
  }
  return false;
}

void CaffeThread::CallJs(const std::function<Napi::Value(Napi::Env)>& body) {
  environment_.KeepLogLines(TakeLogLines());
  Lock lock(mutex_);
  if (closing_) throw EnvironmentEnded();
  Request request{body, current_};
  const uint64_t number = next_request_++;
  requests_[number] = &request;
  Post([this, number] { Enter(number); });
  while (!request.done) {
    changed_.wait(lock, [&] { return request.done || (!waiting_.empty() && !closing_); });
    if (!request.done) RunSlice(lock);
  }
  requests_.erase(number);
  if (!request.failed) return;
  if (closing_) throw EnvironmentEnded();
  throw JsThrew();
}

void CaffeThread::Enter(uint64_t number) {
  Request* request = nullptr;
  {
    Lock lock(mutex_);
    auto found = requests_.find(number);
    if (found == requests_.end() || found->second->done) return;
    request = found->second;
  }
  environment_.NextEpoch();
  Napi::Env env = environment_.Env();
  auto& activity = *request->job->activity;
  activity.EnterCallback();
  try {
    EnvironmentScope scope(environment_);
    environment_.Settle();
    Napi::Value result = Guard([&] { return request->body(env); });
    if (result.IsEmpty() || !result.IsPromise()) {
      Complete(number, nullptr);
      return;
    }
    auto promise = result.As<Napi::Object>();
    auto fulfilled = Napi::Function::New(env, [this, number](const Napi::CallbackInfo&) { Complete(number, nullptr); });
    auto rejected = Napi::Function::New(env, [this, number](const Napi::CallbackInfo& info) {
      Complete(number, std::make_exception_ptr(Napi::Error(info.Env(), info[0])));
    });
    promise.Get("then").As<Napi::Function>().Call(promise, {fulfilled, rejected});
  } catch (...) {
    Complete(number, std::current_exception());
  }
}

// On the JavaScript thread, since what JavaScript threw must not be let go of elsewhere.
void CaffeThread::Complete(uint64_t number, std::exception_ptr failure) {
  environment_.NextEpoch();
  {
    Lock lock(mutex_);
    auto found = requests_.find(number);
    if (found == requests_.end() || found->second->done) return;
    auto& request = *found->second;
    request.job->activity->LeaveCallback();
    request.failed = failure != nullptr;
    if (failure) request.job->js_failure = std::move(failure);
    request.done = true;
  }
  changed_.notify_all();
}

void CaffeThread::Finish(Job* pointer) {
  environment_.NextEpoch();
  auto node = jobs_.extract(pointer);
  Napi::Env env = environment_.Env();
  if (jobs_.empty()) {
    loan_->GiveBack();
    loan_.reset();
    napi_unref_threadsafe_function(env, to_js_);
  }
  const auto deferred = node.mapped()->deferred;
  const auto result = node.mapped()->result;
  std::exception_ptr failure = node.mapped()->js_failure ? node.mapped()->js_failure : node.mapped()->failure;
  node.mapped().reset();  // from here on the net or solver is idle
  environment_.Settle();
  try {
    if (failure) std::rethrow_exception(failure);
    deferred.Resolve(result(env));
  } catch (...) {
    deferred.Reject(Translate(environment_, std::current_exception()).Value());
  }
}

void CaffeThread::PostSettle() {
  Post([this] { environment_.Settle(); });
}

void CaffeThread::Post(std::function<void()> task) {
  auto* data = new std::function<void()>(std::move(task));
  if (napi_call_threadsafe_function(to_js_, data, napi_tsfn_nonblocking) != napi_ok) delete data;
}

bool CaffeThread::IsAtWork() {
  Lock lock(mutex_);
  return current_ != nullptr;
}

void CaffeThread::Close() {
  {
    Lock lock(mutex_);
    closing_ = true;
    for (auto& entry : requests_) {
      entry.second->failed = true;
      entry.second->done = true;
    }
    for (auto& job : jobs_) job.second->stop();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  jobs_.clear();
  if (to_js_ != nullptr) {
    ForgetProcessExit(this);
    napi_release_threadsafe_function(to_js_, napi_tsfn_abort);
    to_js_ = nullptr;
  }
}

}  // namespace tscaffe
