// A blob as JavaScript sees it. There is one wrapper a blob; it owns a blob that JavaScript made, shares one that a net
// or layer owns, or only borrows one that a net still under construction shows to a layer.
#pragma once

#include <napi.h>

#include <memory>

#include "blob/view.h"
#include "cuda/device_view.h"
#include "environment/environment.h"
#include "environment/object_wrap.h"

namespace tscaffe {

class Blob : public ObjectWrap<Blob>, private Wrapper, private Viewer {
 public:
  static constexpr const char* kName = "Blob";
  using Shared = boost::shared_ptr<caffe::Blob<float>>;

  static Napi::Function Define(Napi::Env env);

  // The wrapper of a blob: made if it has none, and given `owner` if it had none. `activity` is that of its net.
  static Napi::Object Wrap(Environment& environment, const Shared& blob, std::shared_ptr<Activity> activity = nullptr);
  // The same for a blob whose owner is not known yet: valid until Return, or until a Wrap gives it an owner. `activity`
  // is that of the job that builds its net.
  static Napi::Object Borrow(Environment& environment, caffe::Blob<float>* blob, std::shared_ptr<Activity> activity);
  // The blob is about to be freed: a wrapper that still borrows it is of no more use.
  static void Return(Environment& environment, const caffe::Blob<float>* blob);

  // The blob behind a JavaScript value; throws a TypeError that names `what` if it is none.
  static Blob& From(const Napi::Value& value, const char* what);

  explicit Blob(const Napi::CallbackInfo& info);
  ~Blob() override;

  // The blob, on condition that it may be touched now.
  caffe::Blob<float>& Get() const;
  const Shared& Owner() const { return owner_; }

  // Its net is gone, and the blob's memory is left to this wrapper: V8 is told what hangs on it.
  void Outlive();

  bool HasViews() const;
  void DetachStaleViews();
  // Lets TypeScript use its views in this epoch without asking, if it may: they have just been found right.
  void Confirm();

 private:
  bool IsCollected() const override { return Value().IsEmpty(); }
  void Abandon() override;
  void CheckViews() override {
    DetachStaleViews();
    Confirm();
  }
  void Adopt(caffe::Blob<float>* blob, Shared owner);
  void NoteMemory();
  void Forget();
  void ReportBytes(int64_t bytes);

  Napi::Value Shape(const Napi::CallbackInfo& info);
  template <int index>
  Napi::Value LegacyShape(const Napi::CallbackInfo& info);
  template <bool diff, bool writes>
  Napi::Value Array(const Napi::CallbackInfo& info);
  template <bool diff, bool writes>
  Napi::Value Pointer(const Napi::CallbackInfo& info);
  Napi::Value StampSlot(const Napi::CallbackInfo& info);
  Napi::Value Head(const Napi::CallbackInfo& info);
  void Reshape(const Napi::CallbackInfo& info);
  template <bool diff, bool squares>
  Napi::Value Sum(const Napi::CallbackInfo& info);
  template <bool diff>
  void Scale(const Napi::CallbackInfo& info);
  template <bool diff>
  void Share(const Napi::CallbackInfo& info);
  void CopyFrom(const Napi::CallbackInfo& info);
  void Update(const Napi::CallbackInfo& info);
  Napi::Value ToProto(const Napi::CallbackInfo& info);
  void FromProto(const Napi::CallbackInfo& info);

  const std::shared_ptr<Environment> environment_;
  const uint32_t data_slot_, diff_slot_, shape_slot_;
  std::shared_ptr<Activity> activity_;  // of the net that it belongs to
  caffe::Blob<float>* blob_ = nullptr;  // null once a borrowed blob has been returned
  Shared owner_;
  View data_, diff_;
  DeviceView gpu_data_, mutable_gpu_data_, gpu_diff_, mutable_gpu_diff_;
  int64_t reported_bytes_ = 0;
};

// By one of Caffe's fillers: what layers give their weights to begin with.
// fillBlob(blob, bytes of a FillerParameter)
void FillBlob(const Napi::CallbackInfo& info);

}  // namespace tscaffe
