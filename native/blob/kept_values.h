// What is done to several blobs, done wholly or not at all.
#pragma once

#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

// The values of blobs as they were. Caffe reads a file straight into a net and checks as it goes: where it fails
// half-way, this puts back what it has changed.
class KeptValues {
 public:
  explicit KeptValues(std::vector<caffe::Blob<float>*> blobs);
  void PutBack() const;

 private:
  const std::vector<caffe::Blob<float>*> blobs_;
  std::vector<std::vector<float>> values_;
};

// Runs `body`; where it throws, the blobs have their old values.
template <class Body>
void WhollyOrNot(const std::vector<caffe::Blob<float>*>& blobs, Body&& body) {
  const KeptValues kept(blobs);
  try {
    body();
  } catch (...) {
    kept.PutBack();
    throw;
  }
}

}  // namespace tscaffe
