// Layer::SetUp writes the loss weight into the diff of each loss top, once. A top that grows later gets new memory, and
// would lose its weight without a word: no loss, no gradients.
#pragma once

#include <utility>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

class GrownLoss {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;

  // Whether a loss top of a layer of Caffe's own may grow: that of a loss proper holds one number for good.
  static bool MayGrow(const caffe::Layer<float>& layer, const Blobs& top);

  // Takes it that the weights are there now.
  void Note(const caffe::Layer<float>& layer, const Blobs& top);

  // Writes the weights into tops that have other memory, or another size, than when that was done last.
  void Restore(const caffe::Layer<float>& layer, const Blobs& top);

 private:
  using Memory = std::pair<const void*, int>;
  std::vector<Memory> written_;  // of each top: where its weight was written
};

}  // namespace tscaffe
