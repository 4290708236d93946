// The arrays of bottoms and tops that cross between Caffe and JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "blob/blob.h"

namespace tscaffe {

// The array of bottoms or tops that a layer's callbacks receive: made once, and again only if Caffe passes other blobs.
class BlobList {
 public:
  // Brings the array up to date with `blobs`, and detaches views of memory that has been replaced since the last
  // callback. `activity` is that of the job that builds their net; null for a net that is whole.
  void Update(Environment& environment, const std::vector<caffe::Blob<float>*>& blobs,
              const std::shared_ptr<Activity>& activity);
  // The layer dies: wrappers that only borrow a blob are told.
  void Return(Environment& environment);

  Napi::Value Array() const { return array_.Value(); }

 private:
  std::vector<caffe::Blob<float>*> blobs_;
  std::vector<Blob*> wrappers_;  // kept alive by the array
  Napi::Reference<Napi::Array> array_;
};

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
