#include "blob/blob.h"

#include <algorithm>

#include "cuda/failure.h"
#include "cuda/transfer_scope.h"
#include "guard/guarded.h"
#include "proto/message.h"

namespace tscaffe {

Napi::Function Blob::Define(Napi::Env env) {
  return DefineClass(env, "Blob",
                     {InstanceAccessor<&Blob::Shape>("shape"),
                      InstanceAccessor<&Blob::Count>("count"),
                      InstanceAccessor<&Blob::LegacyShape<0>>("num"),
                      InstanceAccessor<&Blob::LegacyShape<1>>("channels"),
                      InstanceAccessor<&Blob::LegacyShape<2>>("height"),
                      InstanceAccessor<&Blob::LegacyShape<3>>("width"),
                      InstanceMethod<&Blob::Array<false, true>>("takeData"),
                      InstanceMethod<&Blob::Array<true, true>>("takeDiff"),
                      InstanceMethod<&Blob::Array<false, false>>("takeCpuData"),
                      InstanceMethod<&Blob::Array<true, false>>("takeCpuDiff"),
#ifndef CPU_ONLY
                      InstanceMethod<&Blob::Pointer<false, false>>("takeGpuData"),
                      InstanceMethod<&Blob::Pointer<false, true>>("takeMutableGpuData"),
                      InstanceMethod<&Blob::Pointer<true, false>>("takeGpuDiff"),
                      InstanceMethod<&Blob::Pointer<true, true>>("takeMutableGpuDiff"),
#endif
                      InstanceAccessor<&Blob::Head>("head"),
                      InstanceMethod<&Blob::Slot>("slot"),
                      InstanceMethod<&Blob::Reshape>("reshapeTo"),
                      InstanceMethod<&Blob::Sum<false, false>>("asumData"),
                      InstanceMethod<&Blob::Sum<true, false>>("asumDiff"),
                      InstanceMethod<&Blob::Sum<false, true>>("sumsqData"),
                      InstanceMethod<&Blob::Sum<true, true>>("sumsqDiff"),
                      InstanceMethod<&Blob::Scale<false>>("scaleData"),
                      InstanceMethod<&Blob::Scale<true>>("scaleDiff"),
                      InstanceMethod<&Blob::Share<false>>("shareData"),
                      InstanceMethod<&Blob::Share<true>>("shareDiff"),
                      InstanceMethod<&Blob::CopyFrom>("copyValues"),
                      InstanceMethod<&Blob::Update>("update"),
                      InstanceMethod<&Blob::ToProto>("toBytes"),
                      InstanceMethod<&Blob::FromProto>("fromBytes")});
}

// (whether of the diff) -> the slot of its stamp
Napi::Value Blob::Slot(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), info[0].As<Napi::Boolean>() ? diff_slot_ : data_slot_);
}

Napi::Value Blob::Shape(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&] { return IntegersTo(info.Env(), Get().shape()); });
}

Napi::Value Blob::Count(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&] { return Napi::Number::New(info.Env(), Get().count()); });
}

template <int index>
Napi::Value Blob::LegacyShape(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&] { return Napi::Number::New(info.Env(), Get().LegacyShape(index)); });
}

template <bool diff, bool writes>
Napi::Value Blob::Array(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&]() -> Napi::Value {
    auto& blob = Get();
    const TransferScope transfers(activity_.get());
    // Caffe gives an empty blob no memory, and fails when asked for it: so do its own copying and saving, below.
    if (blob.count() == 0) return Napi::Float32Array::New(info.Env(), 0);
    auto& memory = diff ? blob.diff() : blob.data();
    if (writes) {
      memory->mutable_cpu_data();
    } else {
      memory->cpu_data();
    }
    auto& view = diff ? diff_ : data_;
    if (!view.IsLive()) environment_->viewed.insert(this);
    auto array = view.Array(info.Env(), memory, blob.count());
    Confirm();
    return array;
  });
}

#ifndef CPU_ONLY
template <bool diff, bool writes>
Napi::Value Blob::Pointer(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&]() -> Napi::Value {
    auto& blob = Get();
    const TransferScope transfers(activity_.get());
    if (blob.count() == 0) throw Napi::RangeError::New(info.Env(), "An empty blob has nothing on the GPU");
    auto& view = diff ? (writes ? mutable_gpu_diff_ : gpu_diff_) : (writes ? mutable_gpu_data_ : gpu_data_);
    if (!view.IsLive()) RequireGpu();
    const auto& memory = diff ? blob.diff() : blob.data();
    if (writes) {
      memory->mutable_gpu_data();
    } else {
      memory->gpu_data();
    }
    if (!view.IsLive()) environment_->viewed.insert(this);
    auto pointer = view.Pointer(info.Env(), memory, blob.count(), writes, activity_);
    // What lies on the CPU may be older now.
    environment_->NextEpoch();
    return pointer;
  });
}
#endif

Napi::Value Blob::Head(const Napi::CallbackInfo& info) {
  static constexpr const char* kNames[] = {"uninitialised", "cpu", "gpu", "synced"};
  return Peek(*environment_, [&] {
    auto& blob = Get();
    return Napi::String::New(info.Env(), kNames[blob.count() == 0 ? 0 : blob.data()->head()]);
  });
}

void Blob::Reshape(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    Get().Reshape(IntegersFrom(info[0]));
    DetachStaleViews();
  });
}

template <bool diff, bool squares>
Napi::Value Blob::Sum(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto& blob = Get();
    const float sum = blob.count() == 0 ? 0.0F
                      : squares         ? (diff ? blob.sumsq_diff() : blob.sumsq_data())
                                        : (diff ? blob.asum_diff() : blob.asum_data());
    return Napi::Number::New(info.Env(), sum);
  });
}

template <bool diff>
void Blob::Scale(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    const float factor = info[0].As<Napi::Number>().FloatValue();
    if (Get().count() == 0) return;
    diff ? Get().scale_diff(factor) : Get().scale_data(factor);
  });
}

template <bool diff>
void Blob::Share(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& other = From(info[0], "other").Get();
    if (other.count() == 0 && Get().count() == 0) return;
    diff ? Get().ShareDiff(other) : Get().ShareData(other);
    DetachStaleViews();
  });
}

void Blob::CopyFrom(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& blob = Get();
    auto& source = From(info[0], "source").Get();
    const bool reshape = info[2].As<Napi::Boolean>();
    if (source.count() == 0 && (reshape || source.shape() == blob.shape())) {
      blob.ReshapeLike(source);
    } else {
      blob.CopyFrom(source, info[1].As<Napi::Boolean>(), reshape);
    }
    DetachStaleViews();
  });
}

void Blob::Update(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    auto& blob = Get();
    if (blob.count() > 0) blob.Update();  // Caffe gives an empty blob no memory, and follows the null pointer
  });
}

Napi::Value Blob::ToProto(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&] {
    auto& blob = Get();
    caffe::BlobProto proto;
    if (blob.count() > 0) {
      blob.ToProto(&proto, info[0].As<Napi::Boolean>());
    } else {
      for (int size : blob.shape()) proto.mutable_shape()->add_dim(size);
    }
    return BytesOf(info.Env(), proto);
  });
}

void Blob::FromProto(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& blob = Get();
    const auto proto = MessageFrom<caffe::BlobProto>(info[0], "blob");
    const auto& sizes = proto.shape().dim();
    if (std::find(sizes.begin(), sizes.end(), 0) == sizes.end()) {
      blob.FromProto(proto, info[1].As<Napi::Boolean>());
    } else {
      blob.Reshape(proto.shape());
    }
    DetachStaleViews();
  });
}

}  // namespace tscaffe
