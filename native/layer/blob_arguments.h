// The bottoms or tops that JavaScript hands to a layer of its own.
#pragma once

#include <napi.h>

#include <vector>

#include "blob/blob.h"

namespace tscaffe {

// Keeps the blobs of a call alive after it: some of Caffe's layers go on pointing to them (SoftmaxWithLoss to the
// bottom of its setup, Convolution to the shape of the last one).
class BlobArguments {
 public:
  // Throws a TypeError for an entry that is no Blob; `what` is "bottom" or "top".
  void Take(Napi::Value array, const char* what);

  const std::vector<caffe::Blob<float>*>& Blobs() const { return blobs_; }
  size_t Count() const { return blobs_.size(); }

  // Throws ERR_CAFFE_DISPOSED if one has been freed: a bottom of a net that was never finished.
  void RequireAlive() const;

 private:
  std::vector<caffe::Blob<float>*> blobs_;
  std::vector<Blob*> wrappers_;  // kept alive by keep_
  Napi::Reference<Napi::Array> keep_;
};

}  // namespace tscaffe
