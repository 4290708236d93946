// The arrays that a MemoryData layer reads its batches from.
#pragma once

#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

// Caffe keeps bare pointers to them: the net keeps the arrays, until it gets others.
class InputArrays {
 public:
  // Copies `data` (n x channels x height x width) and `labels` (n), and gives them to the net's first layer. Its tops
  // must no longer lie in the arrays of before.
  void Set(const caffe::Net<float>& net, const float* data, size_t data_count, const float* labels, size_t label_count);

 private:
  std::vector<float> data_, labels_;
};

}  // namespace tscaffe
