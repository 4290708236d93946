#include "thread/js_calls.h"

#include <memory>
#include <utility>

namespace tscaffe {

// It lies on the stack of the thread that waits for it.
struct JsCalls::Request {
  Job& job;
  const Body& body;
  std::condition_variable answered{};
  bool done = false;
  bool failed = false;
};

void JsCalls::Open() {
  if (to_js_ != nullptr) return;
  Napi::Env env = environment_.Env();
  auto call_js = [](napi_env call_env, napi_value, void*, void* data) {
    std::unique_ptr<std::function<void()>> task(static_cast<std::function<void()>*>(data));
    if (call_env == nullptr) return;  // the environment has ended: FailAll() has failed what waits
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
}

void JsCalls::KeepAlive(bool whether) {
  if (whether) {
    napi_ref_threadsafe_function(environment_.Env(), to_js_);
  } else {
    napi_unref_threadsafe_function(environment_.Env(), to_js_);
  }
}

void JsCalls::Post(std::function<void()> task) {
  auto* data = new std::function<void()>(std::move(task));
  if (napi_call_threadsafe_function(to_js_, data, napi_tsfn_nonblocking) != napi_ok) delete data;
}

bool JsCalls::Ask(Job& job, const Body& body) {
  Request request{job, body};
  Lock lock(mutex_);
  if (ended_) return false;
  const uint64_t number = next_request_++;
  requests_[number] = &request;
  Post([this, number] { Enter(number); });
  request.answered.wait(lock, [&] { return request.done; });
  requests_.erase(number);
  return !request.failed;
}

// On the JavaScript thread: runs the body of a request.
void JsCalls::Enter(uint64_t number) {
  Request* request = nullptr;
  {
    Lock lock(mutex_);
    auto found = requests_.find(number);
    if (found == requests_.end() || found->second->done) return;
    request = found->second;
  }
  environment_.NextEpoch();
  request->job.activity->EnterCallback();
  try {
    EnvironmentScope scope(environment_);
    environment_.Settle();
    Napi::Value result = request->body(environment_.Env());
    if (result.IsEmpty() || !result.IsPromise()) {
      Complete(number, nullptr);
    } else {
      Await(number, result.As<Napi::Object>());
    }
  } catch (...) {
    Complete(number, std::current_exception());
  }
}

// Plain functions: Napi's bring a closure with a finalizer each, and a call with a promise took 160 us instead of 35.
void JsCalls::Await(uint64_t number, const Napi::Object& promise) {
  Napi::Env env = environment_.Env();
  auto settle = [&](napi_callback callback) {
    napi_value function = nullptr;
    auto* data = reinterpret_cast<void*>(static_cast<uintptr_t>(number));
    napi_create_function(env, nullptr, 0, callback, data, &function);
    return Napi::Function(env, function);
  };
  auto fulfilled = settle([](napi_env called_in, napi_callback_info info) -> napi_value {
    const Napi::CallbackInfo call(called_in, info);
    Of(called_in).Complete(reinterpret_cast<uintptr_t>(call.Data()), nullptr);
    return nullptr;
  });
  auto rejected = settle([](napi_env called_in, napi_callback_info info) -> napi_value {
    const Napi::CallbackInfo call(called_in, info);
    Of(called_in).Complete(reinterpret_cast<uintptr_t>(call.Data()),
                           std::make_exception_ptr(Napi::Error(called_in, call[0])));
    return nullptr;
  });
  promise.Get("then").As<Napi::Function>().Call(promise, {fulfilled, rejected});
}

// On the JavaScript thread, since what JavaScript threw must not be let go of elsewhere.
void JsCalls::Complete(uint64_t number, std::exception_ptr failure) {
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

void JsCalls::FailAll() {
  Lock lock(mutex_);
  ended_ = true;
  for (auto& entry : requests_) {
    entry.second->failed = entry.second->done = true;
    entry.second->answered.notify_one();
  }
}

void JsCalls::Close() {
  if (to_js_ == nullptr) return;
  napi_release_threadsafe_function(to_js_, napi_tsfn_abort);
  to_js_ = nullptr;
}

}  // namespace tscaffe
