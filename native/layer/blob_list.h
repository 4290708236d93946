// The array of bottoms or tops that a layer's callbacks receive: made once, and again only if Caffe passes other blobs.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "blob/blob.h"

namespace tscaffe {

class BlobList {
 public:
  // Brings the array up to date with `blobs`, and detaches views of memory that has been replaced since the last
  // callback.
  void Update(Environment& environment, const std::vector<caffe::Blob<float>*>& blobs);
  // The layer dies: wrappers that only borrow a blob are told.
  void Return(Environment& environment);

  Napi::Value Array() const { return array_.Value(); }

 private:
  std::vector<caffe::Blob<float>*> blobs_;
  std::vector<Blob*> wrappers_;  // kept alive by the array
  Napi::Reference<Napi::Array> array_;
};

}  // namespace tscaffe
