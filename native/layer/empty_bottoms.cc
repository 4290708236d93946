#include "layer/empty_bottoms.h"

#include <string>
#include <vector>

#include "caffe/layers.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/registry.h"
#include "layer/without_empty_image.h"

namespace tscaffe {

namespace {

using Blobs = std::vector<caffe::Blob<float>*>;

// Bias and Scale look at the last value of a blob of their own that has the size of the bottom's inner axes: at the one
// before its memory where they are empty.
template <class Stock>
class WithoutEmptyBottom : public Stock {
 public:
  using Stock::Stock;

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    if (bottom[0]->count() == 0) {
      throw CodedError("ERR_CAFFE_LAYER",
                       "bottom[0] has no values (" + bottom[0]->shape_string() + "), which " +
                           std::string(this->type()) + " cannot take",
                       CurrentPlace());
    }
    Stock::Reshape(bottom, top);
  }
};

}  // namespace

void GuardEmptyBottoms() {
  Decorate("Bias", Link::GUARD, &Replace<caffe::BiasLayer<float>, WithoutEmptyBottom<caffe::BiasLayer<float>>>);
  Decorate("Scale", Link::GUARD, &Replace<caffe::ScaleLayer<float>, WithoutEmptyBottom<caffe::ScaleLayer<float>>>);
  Decorate("Convolution", Link::GUARD,
           &Replace<caffe::ConvolutionLayer<float>, WithoutEmptyImage<caffe::ConvolutionLayer<float>>>);
  Decorate("Deconvolution", Link::GUARD,
           &Replace<caffe::DeconvolutionLayer<float>, WithoutEmptyImage<caffe::DeconvolutionLayer<float>>>);
}

}  // namespace tscaffe
