// The bottoms or tops that JavaScript hands to a layer of its own.
#pragma once

#include <napi.h>

#include <vector>

#include "blob/blob.h"

namespace tscaffe {

// Those of a layer's setup, kept alive as long as the layer: some of Caffe's layers go on pointing to them.
class BlobArguments {
 public:
  // `what` is "bottom" or "top".
  explicit BlobArguments(const char* what) : what_(what) {}

  // Throws a TypeError for an entry that is no Blob.
  void Take(Napi::Value array);
  // Throws ERR_CAFFE_LAYER unless the array holds the very blobs that were taken: SoftmaxWithLoss, for one, computes
  // with the bottom of its setup and the size of the one that it is given. Throws ERR_CAFFE_DISPOSED if one has been
  // freed: a bottom of a net that was never finished.
  void RequireSame(Napi::Value array, const char* call) const;

  const std::vector<caffe::Blob<float>*>& Blobs() const { return blobs_; }

 private:
  std::vector<Blob*> WrappersOf(Napi::Array array) const;
  bool HoldsSame(Napi::Array array) const;

  const char* const what_;
  std::vector<caffe::Blob<float>*> blobs_;
  std::vector<Blob*> wrappers_;  // kept alive by keep_
  Napi::Reference<Napi::Array> keep_;
};

}  // namespace tscaffe
