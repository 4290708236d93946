// Caffe's own timer: on the GPU it measures between events of the stream, since calls return before the device is done.
#pragma once

#include <napi.h>

#include <memory>

#include "caffe_headers.h"
#include "environment.h"

namespace tscaffe {

class Timer : public Napi::ObjectWrap<Timer> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Timer(const Napi::CallbackInfo& info);

 private:
  void Start(const Napi::CallbackInfo& info);
  void Stop(const Napi::CallbackInfo& info);
  Napi::Value Milliseconds(const Napi::CallbackInfo& info);

  const std::shared_ptr<Environment> environment_;
  std::unique_ptr<caffe::Timer> timer_;
};

}  // namespace tscaffe
