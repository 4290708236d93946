#include "blob/blob.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "blob/settle.h"
#include "environment/gate.h"
#include "guard/cuda_failure.h"
#include "proto/message.h"
#include "run/activity.h"
#include "run/transfer_scope.h"

namespace tscaffe {

namespace {

// How Wrap and Borrow reach the constructor: TypeScript's subclass hands the first argument on.
struct Origin {
  caffe::Blob<float>* blob;
  Blob::Shared owner;
};

Napi::Object Construct(Environment& environment, Origin origin) {
  auto env = environment.Env();
  Napi::EscapableHandleScope scope(env);
  return scope.Escape(environment.blob_class.New({Napi::External<Origin>::New(env, &origin)})).As<Napi::Object>();
}

int64_t BytesOfValues(const caffe::Blob<float>& blob) { return blob.count() * static_cast<int64_t>(sizeof(float)); }

}  // namespace

Napi::Function Blob::Define(Napi::Env env) {
  return DefineClass(env, "Blob",
                     {InstanceAccessor<&Blob::Shape>("shape"),
                      InstanceAccessor<&Blob::LegacyShape<0>>("num"),
                      InstanceAccessor<&Blob::LegacyShape<1>>("channels"),
                      InstanceAccessor<&Blob::LegacyShape<2>>("height"),
                      InstanceAccessor<&Blob::LegacyShape<3>>("width"),
                      InstanceMethod<&Blob::Array<false, true>>("dataArray"),
                      InstanceMethod<&Blob::Array<true, true>>("diffArray"),
                      InstanceMethod<&Blob::Array<false, false>>("cpuDataArray"),
                      InstanceMethod<&Blob::Array<true, false>>("cpuDiffArray"),
                      InstanceMethod<&Blob::Pointer<false, false>>("gpuDataPointer"),
                      InstanceMethod<&Blob::Pointer<false, true>>("mutableGpuDataPointer"),
                      InstanceMethod<&Blob::Pointer<true, false>>("gpuDiffPointer"),
                      InstanceMethod<&Blob::Pointer<true, true>>("mutableGpuDiffPointer"),
                      InstanceAccessor<&Blob::Head>("head"),
                      InstanceMethod<&Blob::StampSlot>("stampSlot"),
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

// The life of a wrapper.

Napi::Object Blob::Wrap(Environment& environment, const Shared& blob, std::shared_ptr<Activity> activity) {
  if (Blob* known = environment.blobs.Find(blob.get())) {
    Napi::Object object = known->Value();
    if (!object.IsEmpty()) {
      if (!known->owner_) known->owner_ = blob;
      if (activity) known->activity_ = std::move(activity);
      return object;
    }
    environment.blobs.Remove(blob.get());  // collected, but not finalized yet
  }
  auto object = Construct(environment, {blob.get(), blob});
  Unwrap(object)->activity_ = std::move(activity);
  return object;
}

Napi::Object Blob::Borrow(Environment& environment, caffe::Blob<float>* blob, std::shared_ptr<Activity> activity) {
  if (Blob* known = environment.blobs.Find(blob)) {
    Napi::Object object = known->Value();
    if (!object.IsEmpty()) return object;
    environment.blobs.Remove(blob);
  }
  auto object = Construct(environment, {blob, {}});
  Unwrap(object)->activity_ = std::move(activity);
  return object;
}

void Blob::Return(Environment& environment, const caffe::Blob<float>* blob) {
  Blob* known = environment.blobs.Find(blob);
  if (known == nullptr || known->owner_) return;
  known->blob_ = nullptr;
  environment.blobs.RemoveViewer(known);
  environment.blobs.Remove(blob);
}

Blob& Blob::From(const Napi::Value& value, const char* what) { return ObjectWrap::From(value, " for ", what); }

Blob::Blob(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      Wrapper(Environment::BlobsOf(info.Env())),
      environment_(Environment::Of(info.Env())),
      data_slot_(environment_->stamps.Acquire()),
      diff_slot_(environment_->stamps.Acquire()),
      shape_slot_(environment_->stamps.Acquire()) {
  if (info[0].IsExternal()) {
    auto* origin = info[0].As<Napi::External<Origin>>().Data();
    Adopt(origin->blob, origin->owner);
    return;
  }
  Guarded(*environment_, [&] {
    auto blob = boost::make_shared<caffe::Blob<float>>(IntegersFrom(info[0]));
    Adopt(blob.get(), blob);
    ReportBytes(BytesOfValues(*blob));
  });
}

Blob::~Blob() {
  Forget();
  environment_->stamps.Release(data_slot_);
  environment_->stamps.Release(diff_slot_);
  environment_->stamps.Release(shape_slot_);
}

void Blob::Abandon() {
  Forget();
  blob_ = nullptr;
  owner_.reset();
  activity_.reset();
}

void Blob::Outlive() {
  int64_t bytes = 0;
  if (blob_ != nullptr && blob_->count() > 0) {
    for (const auto& memory : {blob_->data(), blob_->diff()}) {
      if (memory->head() != caffe::SyncedMemory::UNINITIALIZED) bytes += static_cast<int64_t>(memory->size());
    }
  }
  ReportBytes(bytes);
}

// V8 sees a small object. A loop that disposed of each net had them all in memory, 1.3 GB, where one that did not had
// 0.3: what was reported for a net went with it, and its blobs stayed.
void Blob::ReportBytes(int64_t bytes) {
  if (bytes != reported_bytes_) {
    Napi::MemoryManagement::AdjustExternalMemory(environment_->Env(), bytes - reported_bytes_);
  }
  reported_bytes_ = bytes;
}

// Nobody is to find this wrapper any more.
void Blob::Forget() {
  ReportBytes(0);
  environment_->blobs.RemoveViewer(this);
  if (environment_->blobs.Find(blob_) == this) environment_->blobs.Remove(blob_);
}

void Blob::Adopt(caffe::Blob<float>* blob, Shared owner) {
  blob_ = blob;
  owner_ = std::move(owner);
  environment_->blobs.Set(blob_, this);
}

caffe::Blob<float>& Blob::Get() const {
  if (blob_ == nullptr)
    throw CodedError("ERR_CAFFE_DISPOSED", "blob: its net was never finished, or has been disposed");
  if (activity_) activity_->RequireReadable("blob");
  Settle(*blob_);
  return *blob_;
}

// Which views are right, and the end of those that are not.

void Blob::DetachStaleViews() {
  // Caffe's thread may be reshaping it: its own callbacks, and the end of its run, look again.
  if (activity_ && !activity_->IsReadable()) return;
  if (blob_ != nullptr && blob_->count() > 0) {
    const size_t count = blob_->count();
    if (data_.IsStale(blob_->data(), count)) data_.Detach();
    if (diff_.IsStale(blob_->diff(), count)) diff_.Detach();
    for (auto* view : {&gpu_data_, &mutable_gpu_data_}) {
      if (view->IsStale(blob_->data(), count)) view->Detach();
    }
    for (auto* view : {&gpu_diff_, &mutable_gpu_diff_}) {
      if (view->IsStale(blob_->diff(), count)) view->Detach();
    }
  } else {
    data_.Detach();
    diff_.Detach();
    for (auto* view : {&gpu_data_, &mutable_gpu_data_, &gpu_diff_, &mutable_gpu_diff_}) view->Detach();
  }
  if (!HasViews()) environment_->blobs.RemoveViewer(this);
}

// It may have other memory now. What the net shares with it follows, and old views of that end too.
void Blob::NoteMemory() {
  DetachStaleViews();
  if (activity_ && activity_->TellOfMemory(blob_)) environment_->blobs.CheckViews();
}

bool Blob::HasViews() const {
  for (const auto* view : {&gpu_data_, &mutable_gpu_data_, &gpu_diff_, &mutable_gpu_diff_}) {
    if (view->IsLive()) return true;
  }
  return data_.IsLive() || diff_.IsLive();
}

// On the GPU each look may have to copy, and writing must be noted: only what lies on the CPU alone stays right
// unasked.
void Blob::Confirm() {
  if (blob_ == nullptr || (activity_ && !activity_->IsReadable())) return;
  const auto at_cpu = caffe::SyncedMemory::HEAD_AT_CPU;
  if (data_.IsLive() && blob_->data()->head() == at_cpu) environment_->stamps.Confirm(data_slot_);
  if (diff_.IsLive() && blob_->diff()->head() == at_cpu) environment_->stamps.Confirm(diff_slot_);
}

// What JavaScript calls.

// ('data', 'diff' or 'shape') -> the slot of its stamp
Napi::Value Blob::StampSlot(const Napi::CallbackInfo& info) {
  const std::string what = info[0].As<Napi::String>();
  return Napi::Number::New(info.Env(), what == "data" ? data_slot_ : what == "diff" ? diff_slot_ : shape_slot_);
}

// A layer's inner loop may say data[i] /= blob.num: TypeScript answers by itself as long as the epoch stays.
Napi::Value Blob::Shape(const Napi::CallbackInfo& info) {
  return Peek(*environment_, [&] {
    auto shape = IntegersTo(info.Env(), Get().shape());
    environment_->stamps.Confirm(shape_slot_);
    return shape;
  });
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
    if (blob.count() == 0) return environment_->MakeFloats(Napi::ArrayBuffer::New(info.Env(), 0), 0);
    auto& memory = diff ? blob.diff() : blob.data();
    if (writes) {
      memory->mutable_cpu_data();
    } else {
      memory->cpu_data();
    }
    auto& view = diff ? diff_ : data_;
    if (!view.IsLive()) environment_->blobs.AddViewer(this);
    auto array = view.Array(info.Env(), memory, blob.count());
    Confirm();
    return array;
  });
}

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
    if (!view.IsLive()) environment_->blobs.AddViewer(this);
    auto pointer = view.Pointer(info.Env(), memory, blob.count(), writes, activity_);
    // What lies on the CPU may be older now.
    environment_->NextEpoch();
    return pointer;
  });
}

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
    NoteMemory();
    if (!activity_) ReportBytes(std::max(reported_bytes_, BytesOfValues(*blob_)));
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
    NoteMemory();
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
    NoteMemory();
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
    NoteMemory();
  });
}

namespace {

// Inline in Caffe's header; a function of its own keeps the locals of its caller (guard/guard.h).
__attribute__((noinline)) caffe::Filler<float>* MakeFiller(const caffe::FillerParameter& parameter) {
  return caffe::GetFiller<float>(parameter);
}

__attribute__((noinline)) void Fill(caffe::Filler<float>& filler, caffe::Blob<float>* blob) { filler.Fill(blob); }

}  // namespace

void FillBlob(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] {
    auto parameter = MessageFrom<caffe::FillerParameter>(info[1], "filler");
    const std::unique_ptr<caffe::Filler<float>> filler(MakeFiller(parameter));
    Fill(*filler, &Blob::From(info[0], "blob").Get());
  });
}

}  // namespace tscaffe
