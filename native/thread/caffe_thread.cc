#include "thread/caffe_thread.h"

#include <caffe/util/rng.hpp>
#include <utility>

#include "cuda/transfer_scope.h"
#include "environment.h"
#include "guard/background.h"
#include "guard/check_failure.h"
#include "guard/hdf5.h"
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

// Of the thread of the system that asks.
thread_local const CaffeThread* current = nullptr;
thread_local Job* current_job = nullptr;

}  // namespace

// A call of JavaScript that Caffe's thread waits for; it lies on that thread's stack.
struct CaffeThread::Request {
  const std::function<Napi::Value(Napi::Env)>& body;
  Job& job;
  const RunningPlace place = RunningLayer();
  std::condition_variable answered{};
  bool done = false;
  bool failed = false;
};

CaffeThread::CaffeThread(Environment& environment) : environment_(environment) {}

CaffeThread::~CaffeThread() { Close(); }

bool CaffeThread::IsCurrent() const { return current == this; }

std::exception_ptr* CaffeThread::Thrown() const { return IsCurrent() ? &current_job->js_failure : nullptr; }

void CaffeThread::OpenWayToJs() {
  Napi::Env env = environment_.Env();
  auto call_js = [](napi_env call_env, napi_value, void*, void* data) {
    std::unique_ptr<std::function<void()>> task(static_cast<std::function<void()>*>(data));
    if (call_env == nullptr) return;  // the environment has ended: Close() has failed what waits
    Napi::HandleScope scope(call_env);
    try {
      (*task)();
    } catch (const Napi::Error&) {
      // JavaScript is being terminated: there is nobody to tell.
    }
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

Napi::Promise CaffeThread::Start(std::unique_ptr<Job> job) {
  if (to_js_ == nullptr) OpenWayToJs();
  environment_.NextEpoch();
  auto promise = job->deferred.Promise();
  Job* pointer = job.get();
  if (jobs_.empty()) {
    napi_ref_threadsafe_function(environment_.Env(), to_js_);
    loan_.emplace();
    gpu_random_.Begin(loan_->Lent());
  }
  jobs_[pointer] = std::move(job);
  {
    Lock lock(mutex_);
    waiting_.push_back(pointer);
    // A thread that is active sees the job when its own is done, waits or yields.
    if (active_ == 0) AddThreadIfNeeded();
  }
  changed_.notify_one();
  return promise;
}

// With the lock.
void CaffeThread::AddThreadIfNeeded() {
  if (idle_ > 0 || waiting_.empty() || closing_) return;
  ++idle_;
  threads_.emplace_back([this] { Work(); });
}

void CaffeThread::Work() {
  MarkOwnThread();
  CountHdf5Failures();
  current = this;
  Lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) return;
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
}

void CaffeThread::Run(Job& job) {
  EnvironmentScope scope(environment_);
  PlaceScope place;
  const TransferScope transfers(job.activity.get());
  current_job = &job;
  TakeTurn();
  try {
    Guard([&] {
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

void CaffeThread::BeginTurn() {
  at_work_ = true;
  loan_->Take();
}

void CaffeThread::LeaveTurn() {
  loan_->Return();
  at_work_ = false;
}

void CaffeThread::TakeTurn() {
  turns_.Take();
  BeginTurn();
}

void CaffeThread::EndTurn() {
  LeaveTurn();
  turns_.End();
}

void CaffeThread::Yield() {
  {
    Lock lock(mutex_);
    AddThreadIfNeeded();
  }
  turns_.Pass([this] { LeaveTurn(); }, [this] { BeginTurn(); });
}

void CaffeThread::CallJs(const std::function<Napi::Value(Napi::Env)>& body) {
  environment_.KeepLogLines(TakeLogLines());
  Request request{body, *current_job};
  EndTurn();
  {
    Lock lock(mutex_);
    --active_;
    if (closing_) {
      request.failed = true;
    } else {
      AddThreadIfNeeded();
      const uint64_t number = next_request_++;
      requests_[number] = &request;
      Post([this, number] { Enter(number); });
      request.answered.wait(lock, [&] { return request.done; });
      requests_.erase(number);
    }
    ++active_;
  }
  TakeTurn();
  if (!request.failed) return;
  if (request.job.js_failure) throw JsThrew();
  throw EnvironmentEnded();
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
  request->job.activity->EnterCallback();
  try {
    EnvironmentScope scope(environment_);
    environment_.Settle();
    Napi::Value result;
    {
      // The body goes on with what Caffe's thread was about: in that layer, on that GPU, with those random numbers.
      PlaceScope place;
      if (request->place.names != nullptr)
        EnterLayer(*request->place.names, request->place.index, request->place.doing);
      const DeviceVisit device(request->job.settings);
      RandomVisit visit(turns_, *loan_);
      result = Guard([&] { return request->body(env); });
    }
    if (result.IsEmpty() || !result.IsPromise()) {
      Complete(number, nullptr);
      return;
    }
    // Plain functions: Napi's bring a closure with a finalizer each, and a call with a promise took 160 us instead
    // of 35.
    auto settle = [&](napi_callback callback) {
      napi_value function = nullptr;
      auto* data = reinterpret_cast<void*>(static_cast<uintptr_t>(number));
      napi_create_function(env, nullptr, 0, callback, data, &function);
      return Napi::Function(env, function);
    };
    auto fulfilled = settle([](napi_env called_in, napi_callback_info info) -> napi_value {
      const Napi::CallbackInfo call(called_in, info);
      Environment::Of(called_in)->Thread().Complete(reinterpret_cast<uintptr_t>(call.Data()), nullptr);
      return nullptr;
    });
    auto rejected = settle([](napi_env called_in, napi_callback_info info) -> napi_value {
      const Napi::CallbackInfo call(called_in, info);
      Environment::Of(called_in)->Thread().Complete(reinterpret_cast<uintptr_t>(call.Data()),
                                                    std::make_exception_ptr(Napi::Error(called_in, call[0])));
      return nullptr;
    });
    auto promise = result.As<Napi::Object>();
    promise.Get("then").As<Napi::Function>().Call(promise, {fulfilled, rejected});
  } catch (...) {
    Complete(number, std::current_exception());
  }
}

// On the JavaScript thread, since what JavaScript threw must not be let go of elsewhere.
void CaffeThread::Complete(uint64_t number, std::exception_ptr failure) {
  environment_.NextEpoch();
  Lock lock(mutex_);
  auto found = requests_.find(number);
  if (found == requests_.end() || found->second->done) return;
  auto& request = *found->second;
  request.job.activity->LeaveCallback();
  request.failed = failure != nullptr;
  if (failure) request.job.js_failure = std::move(failure);
  request.done = true;
  request.answered.notify_one();  // with the lock: the request is gone as soon as it is seen
}

void CaffeThread::Finish(Job* pointer) {
  environment_.NextEpoch();
  auto node = jobs_.extract(pointer);
  if (jobs_.empty()) {
    loan_->GiveBack();
    loan_.reset();
    gpu_random_.End(*caffe::caffe_rng());
    napi_unref_threadsafe_function(environment_.Env(), to_js_);
  }
  const auto deferred = node.mapped()->deferred;
  const auto result = node.mapped()->result;
  std::exception_ptr failure = node.mapped()->js_failure ? node.mapped()->js_failure : node.mapped()->failure;
  node.mapped().reset();  // from here on the net or solver is idle
  environment_.Settle();
  try {
    if (failure) std::rethrow_exception(failure);
    deferred.Resolve(result(environment_.Env()));
  } catch (...) {
    deferred.Reject(Translate(environment_, std::current_exception()).Value());
  }
}

void CaffeThread::Post(std::function<void()> task) {
  auto* data = new std::function<void()>(std::move(task));
  if (napi_call_threadsafe_function(to_js_, data, napi_tsfn_nonblocking) != napi_ok) delete data;
}

void CaffeThread::Close() {
  {
    Lock lock(mutex_);
    closing_ = true;
    for (auto& entry : requests_) {
      entry.second->failed = entry.second->done = true;
      entry.second->answered.notify_one();
    }
    for (auto& job : jobs_) job.second->stop();
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  jobs_.clear();
  if (to_js_ != nullptr) {
    ForgetProcessExit(this);
    napi_release_threadsafe_function(to_js_, napi_tsfn_abort);
    to_js_ = nullptr;
  }
}

}  // namespace tscaffe
