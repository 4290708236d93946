// Bias and Scale, whose bottom must have values.
#pragma once

#include <string>
#include <vector>

#include "caffe/headers.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

// Bias and Scale look at the last value of a blob of their own that has the size of the bottom's inner axes: at the one
// before its memory where they are empty.
template <class Stock>
class WithoutEmptyBottom : public Stock {
 public:
  using Stock::Stock;

  void Reshape(const std::vector<caffe::Blob<float>*>& bottom, const std::vector<caffe::Blob<float>*>& top) override {
    if (bottom[0]->count() == 0) {
      throw CodedError("ERR_CAFFE_LAYER",
                       "bottom[0] has no values (" + bottom[0]->shape_string() + "), which " +
                           std::string(this->type()) + " cannot take",
                       CurrentPlace());
    }
    Stock::Reshape(bottom, top);
  }
};

}  // namespace tscaffe
