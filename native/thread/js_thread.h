// Runs what must run on the thread of an environment's JavaScript, from wherever Caffe is at work.
#pragma once

#include "environment/environment.h"
#include "guard/prefetch.h"
#include "thread/job_runner.h"

namespace tscaffe {

// For bodies that return nothing.
template <class Body>
void OnJsThread(Environment& environment, Body&& body) {
  auto* runner = JobRunner::Current();
  if (runner == nullptr) {
    const PrefetchPause pause;
    environment.NextEpoch();
    body();
    return;
  }
  runner->CallJs([&](Napi::Env) {
    body();
    return Napi::Value();
  });
}

// For bodies that return what the user's function returned. A promise is waited for on Caffe's thread; the JavaScript
// thread cannot wait, there `refuse` is called with it.
template <class Body, class Refuse>
void OnJsThread(Environment& environment, Body&& body, Refuse&& refuse) {
  if (auto* runner = JobRunner::Current()) {
    runner->CallJs([&](Napi::Env) { return body(); });
    return;
  }
  const PrefetchPause pause;
  environment.NextEpoch();
  Napi::HandleScope scope(environment.Env());
  Napi::Value result = body();
  if (result.IsPromise()) refuse(result.As<Napi::Object>());
}

}  // namespace tscaffe
