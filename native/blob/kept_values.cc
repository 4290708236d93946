#include "blob/kept_values.h"

#include <algorithm>
#include <utility>

namespace tscaffe {

KeptValues::KeptValues(std::vector<caffe::Blob<float>*> blobs) : blobs_(std::move(blobs)) {
  for (auto* blob : blobs_) {
    // Caffe gives an empty blob no memory, and fails when asked for it.
    const float* values = blob->count() == 0 ? nullptr : blob->cpu_data();
    values_.emplace_back(values, values + blob->count());
  }
}

void KeptValues::PutBack() const {
  for (size_t i = 0; i < blobs_.size(); ++i) {
    if (!values_[i].empty()) std::copy(values_[i].begin(), values_[i].end(), blobs_[i]->mutable_cpu_data());
  }
}

}  // namespace tscaffe
