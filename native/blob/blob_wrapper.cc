// The life of a blob's wrapper.
#include "blob/blob.h"
#include "guard/guarded.h"
#include "net/activity.h"
#include "proto/message.h"

namespace tscaffe {

namespace {

// The address is this copy's of the addon: an object of another copy must not be taken for one of ours.
const napi_type_tag kBlobTag = {0x6f5b3d0c91e24a7bULL, reinterpret_cast<uint64_t>(&kBlobTag)};

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

}  // namespace

Napi::Object Blob::Wrap(Environment& environment, const Shared& blob, std::shared_ptr<Activity> activity) {
  auto known = environment.blobs.find(blob.get());
  if (known != environment.blobs.end()) {
    Blob& wrapper = *known->second;
    Napi::Object object = wrapper.Value();
    if (!object.IsEmpty()) {
      if (!wrapper.owner_) wrapper.owner_ = blob;
      if (activity) wrapper.activity_ = std::move(activity);
      return object;
    }
    environment.blobs.erase(known);  // collected, but not finalized yet
  }
  auto object = Construct(environment, {blob.get(), blob});
  Unwrap(object)->activity_ = std::move(activity);
  return object;
}

Napi::Object Blob::Borrow(Environment& environment, caffe::Blob<float>* blob) {
  auto known = environment.blobs.find(blob);
  if (known != environment.blobs.end()) {
    Napi::Object object = known->second->Value();
    if (!object.IsEmpty()) return object;
    environment.blobs.erase(known);
  }
  return Construct(environment, {blob, {}});
}

void Blob::Return(Environment& environment, const caffe::Blob<float>* blob) {
  auto known = environment.blobs.find(blob);
  if (known == environment.blobs.end() || known->second->owner_) return;
  known->second->blob_ = nullptr;
  environment.viewed.erase(known->second);
  environment.blobs.erase(known);
}

Blob& Blob::From(Napi::Value value, const char* what) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kBlobTag)) {
    throw Napi::TypeError::New(value.Env(), std::string("Expected a Blob for ") + what);
  }
  return *Unwrap(value.As<Napi::Object>());
}

Blob::Blob(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      Wrapper(Environment::BlobsOf(info.Env())),
      environment_(Environment::Of(info.Env())),
      data_slot_(environment_->stamps.Acquire()),
      diff_slot_(environment_->stamps.Acquire()) {
  info.This().As<Napi::Object>().TypeTag(&kBlobTag);
  if (info[0].IsExternal()) {
    auto* origin = info[0].As<Napi::External<Origin>>().Data();
    Adopt(origin->blob, origin->owner);
    return;
  }
  Guarded(*environment_, [&] {
    auto blob = boost::make_shared<caffe::Blob<float>>(IntegersFrom(info[0]));
    Adopt(blob.get(), blob);
  });
}

Blob::~Blob() {
  Forget();
  environment_->stamps.Release(data_slot_);
  environment_->stamps.Release(diff_slot_);
}

void Blob::Abandon() {
  Forget();
  blob_ = nullptr;
  owner_.reset();
  activity_.reset();
}

// Nobody is to find this wrapper any more.
void Blob::Forget() {
  environment_->viewed.erase(this);
  auto known = environment_->blobs.find(blob_);
  if (known != environment_->blobs.end() && known->second == this) environment_->blobs.erase(known);
}

void Blob::Adopt(caffe::Blob<float>* blob, Shared owner) {
  blob_ = blob;
  owner_ = std::move(owner);
  environment_->blobs[blob_] = this;
}

caffe::Blob<float>& Blob::Get() const {
  if (blob_ == nullptr)
    throw CodedError("ERR_CAFFE_DISPOSED", "blob: its net was never finished, or has been disposed");
  if (activity_) activity_->RequireReadable("blob");
  return *blob_;
}

}  // namespace tscaffe
