// Caffe's own timer: on the GPU it measures between events of the stream, since calls return before the device is done.
#pragma once

#include <napi.h>

#include <memory>

#include "caffe/headers.h"
#include "environment/environment.h"
#include "environment/object_wrap.h"

namespace tscaffe {

class Timer : public ObjectWrap<Timer> {
 public:
  static constexpr const char* kName = "Timer";
  static Napi::Function Define(Napi::Env env);
  explicit Timer(const Napi::CallbackInfo& info);
  ~Timer() override;

 private:
  void Start(const Napi::CallbackInfo& info);
  void Stop(const Napi::CallbackInfo& info);
  Napi::Value Milliseconds(const Napi::CallbackInfo& info);

  const std::shared_ptr<Environment> environment_;
  // It has events of CUDA, and may be used and destroyed in that mode only, or has none (solver/solver_timer.h).
  caffe::Caffe::Brew mode_ = caffe::Caffe::CPU;
  std::unique_ptr<caffe::Timer> timer_;
};

}  // namespace tscaffe
