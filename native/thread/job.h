// A piece of work for Caffe's thread, with the promise that JavaScript holds for it.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>

#include "run/activity.h"
#include "thread/thread_state.h"

namespace tscaffe {

// Made and destroyed on the JavaScript thread; only `work` runs on Caffe's.
class Job {
 public:
  using Work = std::function<void()>;
  using Result = std::function<Napi::Value(Napi::Env)>;

  // `wrapper` is the net or solver that the work is for; it is kept until then, and with it the objects of its layers.
  Job(Napi::Object wrapper, std::shared_ptr<Activity> activity, const char* what, Work work, Result result,
      std::function<void()> stop)
      : work(std::move(work)),
        result(std::move(result)),
        stop(std::move(stop)),
        deferred(Napi::Promise::Deferred::New(wrapper.Env())),
        activity(std::move(activity)),
        run_(*this->activity, what, true),
        wrapper_(Napi::Persistent(wrapper)) {
    builds = !FunctionOf("bindLayer").IsEmpty();
  }

  // A job that builds a net has none yet: then `wrapper` is what it is built with, and its functions `bindLayer` and
  // `makeError` stand in for those of the environment. Empty if there is none of this name.
  Napi::Value FunctionOf(const char* name) const {
    auto function = wrapper_.Value().Get(name);
    return function.IsFunction() ? function : Napi::Value();
  }

  bool builds;  // whether it builds a net
  const Work work;
  const Result result;
  // Asks the work to end soon; from any thread.
  const std::function<void()> stop;
  const Napi::Promise::Deferred deferred;
  const std::shared_ptr<Activity> activity;
  const ThreadSettings settings;
  std::exception_ptr failure;     // what the work threw
  std::exception_ptr js_failure;  // what JavaScript threw in it; destroyed on the JavaScript thread

 private:
  const RunScope run_;
  const Napi::ObjectReference wrapper_;
};

}  // namespace tscaffe
