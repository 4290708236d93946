#include "layer/blob_lists.h"

#include <string>
#include <utility>

namespace tscaffe {

void BlobList::Update(Environment& environment, const std::vector<caffe::Blob<float>*>& blobs,
                      const std::shared_ptr<Activity>& activity) {
  if (!array_.IsEmpty() && blobs == blobs_) {
    for (auto* wrapper : wrappers_) {
      if (!wrapper->HasViews()) continue;
      wrapper->DetachStaleViews();
      wrapper->Confirm();
    }
    return;
  }
  auto env = environment.Env();
  Napi::HandleScope scope(env);
  auto array = Napi::Array::New(env, blobs.size());
  std::vector<Blob*> wrappers;
  for (uint32_t i = 0; i < blobs.size(); ++i) {
    auto wrapper = Blob::Borrow(environment, blobs[i], activity);
    wrappers.push_back(Blob::Unwrap(wrapper));
    array[i] = wrapper;
  }
  array.Freeze();  // it is used again for the next call
  array_ = Napi::Reference<Napi::Array>::New(array, 1);
  wrappers_ = std::move(wrappers);
  blobs_ = blobs;
}

void BlobList::Return(Environment& environment) {
  for (auto* blob : blobs_) Blob::Return(environment, blob);
}

std::vector<Blob*> BlobArguments::WrappersOf(Napi::Array array) const {
  std::vector<Blob*> wrappers;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    wrappers.push_back(&Blob::From(array.Get(i), (std::string(what_) + "[" + std::to_string(i) + "]").c_str()));
  }
  return wrappers;
}

void BlobArguments::Take(Napi::Value value) {
  Napi::HandleScope scope(value.Env());
  auto array = value.As<Napi::Array>();
  auto wrappers = WrappersOf(array);
  std::vector<caffe::Blob<float>*> blobs;
  blobs.reserve(wrappers.size());
  for (auto* wrapper : wrappers) blobs.push_back(&wrapper->Get());
  auto keep = Napi::Array::New(value.Env(), wrappers.size());
  for (uint32_t i = 0; i < wrappers.size(); ++i) keep[i] = array.Get(i);
  keep_ = Napi::Reference<Napi::Array>::New(keep, 1);
  wrappers_ = std::move(wrappers);
  blobs_ = std::move(blobs);
}

// Cheaper than to ask each whether it is a Blob: a forward with one bottom and one top takes 0.75 µs instead of 1.2.
bool BlobArguments::HoldsSame(Napi::Array array) const {
  if (array.Length() != wrappers_.size()) return false;
  auto keep = keep_.Value();
  for (uint32_t i = 0; i < wrappers_.size(); ++i) {
    if (!Napi::Value(array.Get(i)).StrictEquals(keep.Get(i))) return false;
  }
  return true;
}

void BlobArguments::RequireSame(Napi::Value value, const char* call) const {
  Napi::HandleScope scope(value.Env());
  auto array = value.As<Napi::Array>();
  if (HoldsSame(array)) {
    for (auto* wrapper : wrappers_) wrapper->Get();
    return;
  }
  const auto wrappers = WrappersOf(array);
  const std::string blobs = std::string(what_) + " blobs";
  throw CodedError("ERR_CAFFE_LAYER", wrappers.size() == wrappers_.size()
                                          ? std::string(call) + ": expected the " + blobs +
                                                " that setup was given, which the layer may " +
                                                "remember; call setup again for others"
                                          : std::string(call) + ": expected " + std::to_string(wrappers_.size()) + " " +
                                                blobs + " as in setup but received " + std::to_string(wrappers.size()));
}

}  // namespace tscaffe
