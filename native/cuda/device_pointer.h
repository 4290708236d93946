// Floats on the GPU, as JavaScript sees them: an opaque object, never a number.
#pragma once

#include <napi.h>

#include <memory>

#include "caffe/headers.h"
#include "environment/object_wrap.h"
#include "run/activity.h"

namespace tscaffe {

// What a pointer and its pieces point into: a blob's data or diff. It holds no address: Caffe is asked for that at each
// use, and so brings the newest values to the device, and knows which side was written last, however long ago the
// pointer was taken. (A bare address, as gpu_data() gives it, is wrong as soon as the CPU has written.)
struct DeviceTarget {
  boost::shared_ptr<caffe::SyncedMemory> memory;
  std::shared_ptr<Activity> activity;  // of the net that the blob belongs to
  size_t count = 0;
  bool writable = false;
  bool is_stale = false;  // the blob uses other memory now
};

class DevicePointer : public ObjectWrap<DevicePointer> {
 public:
  static constexpr const char* kName = "DevicePointer";
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Make(Napi::Env env, std::shared_ptr<DeviceTarget> target);

  // The pointer behind a JavaScript value; throws a TypeError if it is none.
  static DevicePointer& From(napi_env env, napi_value value);

  explicit DevicePointer(const Napi::CallbackInfo& info);

  size_t Length() const { return length_; }
  bool IsWritable() const { return target_->writable; }

  // The address, for the device to read from, or to write to.
  const float* Read() const;
  float* Write() const;

 private:
  Napi::Value LengthOf(const Napi::CallbackInfo& info);
  Napi::Value IsWritableOf(const Napi::CallbackInfo& info);
  Napi::Value Piece(const Napi::CallbackInfo& info);
  void RequireFresh() const;

  std::shared_ptr<DeviceTarget> target_;
  size_t offset_ = 0, length_ = 0;  // in floats
};

}  // namespace tscaffe
