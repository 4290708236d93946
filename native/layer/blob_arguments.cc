#include "layer/blob_arguments.h"

#include <string>
#include <utility>

namespace tscaffe {

void BlobArguments::Take(Napi::Value value, const char* what) {
  Napi::HandleScope scope(value.Env());
  auto array = value.As<Napi::Array>();
  const uint32_t count = array.Length();
  std::vector<Blob*> wrappers(count);
  std::vector<caffe::Blob<float>*> blobs(count);
  for (uint32_t i = 0; i < count; ++i) {
    wrappers[i] = &Blob::From(array.Get(i), (std::string(what) + "[" + std::to_string(i) + "]").c_str());
    blobs[i] = &wrappers[i]->Get();
  }
  if (!keep_.IsEmpty() && wrappers == wrappers_) return;
  auto keep = Napi::Array::New(value.Env(), count);
  for (uint32_t i = 0; i < count; ++i) keep[i] = array.Get(i);
  keep_ = Napi::Reference<Napi::Array>::New(keep, 1);
  wrappers_ = std::move(wrappers);
  blobs_ = std::move(blobs);
}

void BlobArguments::RequireAlive() const {
  for (auto* wrapper : wrappers_) wrapper->Get();
}

}  // namespace tscaffe
