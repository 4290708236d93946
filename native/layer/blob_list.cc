#include "layer/blob_list.h"

namespace tscaffe {

void BlobList::Update(Environment& environment, const std::vector<caffe::Blob<float>*>& blobs) {
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
    auto wrapper = Blob::Borrow(environment, blobs[i]);
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

}  // namespace tscaffe
