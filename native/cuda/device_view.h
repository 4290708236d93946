// The last pointer that a blob handed out for its data or diff, to be handed out again.
#pragma once

#include <napi.h>

#include <memory>

#include "caffe/headers.h"
#include "run/activity.h"

#ifdef CPU_ONLY

#include "guard/cuda_failure.h"

namespace tscaffe {

class DeviceView {
 public:
  using Memory = boost::shared_ptr<caffe::SyncedMemory>;
  [[noreturn]] Napi::Value Pointer(Napi::Env, const Memory&, size_t, bool, const std::shared_ptr<Activity>&) {
    RequireGpu();
  }
  bool IsLive() const { return false; }
  bool IsStale(const Memory&, size_t) const { return false; }
  void Detach() {}
};

}  // namespace tscaffe

#else

#include "cuda/device_pointer.h"

namespace tscaffe {

class DeviceView {
 public:
  using Memory = boost::shared_ptr<caffe::SyncedMemory>;
  Napi::Value Pointer(Napi::Env env, const Memory& memory, size_t count, bool writable,
                      const std::shared_ptr<Activity>& activity);

  bool IsLive() const { return target_ != nullptr; }
  bool IsStale(const Memory& memory, size_t count) const {
    return target_ != nullptr && (target_->memory != memory || target_->count != count);
  }
  void Detach();

 private:
  Napi::ObjectReference pointer_;  // weak
  std::shared_ptr<DeviceTarget> target_;
};

}  // namespace tscaffe

#endif
