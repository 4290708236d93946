// Convolution and its kin over other than two axes, on images that leave no place for the kernel.
#pragma once

#include <string>
#include <vector>

#include "caffe/headers.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

// Caffe's loop over the places of the kernel, in n dimensions, takes at least one: where there is none it read and
// wrote before and behind the memory. The one for two dimensions takes none.
template <class Stock>
class WithoutEmptyImage : public Stock {
 public:
  using Stock::Stock;

  void Reshape(const std::vector<caffe::Blob<float>*>& bottom, const std::vector<caffe::Blob<float>*>& top) override {
    Stock::Reshape(bottom, top);
    if (!this->force_nd_im2col_ && this->num_spatial_axes_ == 2) return;
    for (int axis = this->channel_axis_ + 1; axis < top[0]->num_axes(); ++axis) {
      if (top[0]->shape(axis) > 0 && bottom[0]->shape(axis) > 0) continue;
      throw CodedError("ERR_CAFFE_LAYER",
                       "the kernel fits nowhere: bottom[0] is " + bottom[0]->shape_string() +
                           ", which would make top[0] " + top[0]->shape_string(),
                       CurrentPlace());
    }
  }
};

}  // namespace tscaffe
