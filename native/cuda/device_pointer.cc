#include "cuda/device_pointer.h"

#include <utility>

#include "cuda/device_view.h"
#include "environment/environment.h"
#include "environment/gate.h"

namespace tscaffe {

namespace {

// How Make and Piece reach the constructor: TypeScript's subclass hands the first argument on.
struct Origin {
  std::shared_ptr<DeviceTarget> target;
  size_t offset, length;
};

Napi::Object Construct(Napi::Env env, Origin origin) {
  Napi::EscapableHandleScope scope(env);
  auto& constructor = Environment::Of(env)->device_pointer_class;
  return scope.Escape(constructor.New({Napi::External<Origin>::New(env, &origin)})).As<Napi::Object>();
}

}  // namespace

Napi::Function DevicePointer::Define(Napi::Env env) {
  return DefineClass(
      env, "DevicePointer",
      {InstanceAccessor<&DevicePointer::LengthOf>("length"),
       InstanceAccessor<&DevicePointer::IsWritableOf>("isWritable"), InstanceMethod<&DevicePointer::Piece>("piece")});
}

Napi::Object DevicePointer::Make(Napi::Env env, std::shared_ptr<DeviceTarget> target) {
  const size_t count = target->count;
  return Construct(env, {std::move(target), 0, count});
}

DevicePointer& DevicePointer::From(napi_env env, napi_value value) {
  return ObjectWrap::From({env, value}, " that comes from a blob");
}

DevicePointer::DevicePointer(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (!info[0].IsExternal()) {
    throw Napi::TypeError::New(info.Env(), "A DevicePointer comes from a blob: blob.gpuData and its like");
  }
  auto* origin = info[0].As<Napi::External<Origin>>().Data();
  target_ = origin->target;
  offset_ = origin->offset;
  length_ = origin->length;
}

Napi::Value DevicePointer::LengthOf(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(length_));
}

Napi::Value DevicePointer::IsWritableOf(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), target_->writable);
}

// (begin, end), checked
Napi::Value DevicePointer::Piece(const Napi::CallbackInfo& info) {
  const auto begin = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  const auto end = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  return Construct(info.Env(), {target_, offset_ + begin, end - begin});
}

void DevicePointer::RequireFresh() const {
  if (target_->is_stale) {
    throw CodedError("ERR_CAFFE_DISPOSED",
                     "device pointer: its blob has been reshaped since and uses other memory; take it anew");
  }
  if (target_->activity) target_->activity->RequireReadable("device pointer");
}

const float* DevicePointer::Read() const {
  RequireFresh();
  return static_cast<const float*>(target_->memory->gpu_data()) + offset_;
}

float* DevicePointer::Write() const {
  RequireFresh();
  if (!target_->writable) {
    throw Napi::TypeError::New(Env(),
                               "Expected a device pointer to write to but received one to read only; take "
                               "mutableGpuData or mutableGpuDiff of the blob");
  }
  return static_cast<float*>(target_->memory->mutable_gpu_data()) + offset_;
}

Napi::Value DeviceView::Pointer(Napi::Env env, const Memory& memory, size_t count, bool writable,
                                const std::shared_ptr<Activity>& activity) {
  if (IsStale(memory, count)) Detach();
  if (target_) {
    Napi::Object known = pointer_.Value();
    if (!known.IsEmpty()) return known;
  }
  target_ = std::make_shared<DeviceTarget>(DeviceTarget{memory, activity, count, writable});
  auto pointer = DevicePointer::Make(env, target_);
  pointer_ = Napi::Weak(pointer);
  return pointer;
}

void DeviceView::Detach() {
  if (target_) target_->is_stale = true;
  target_.reset();
}

}  // namespace tscaffe
