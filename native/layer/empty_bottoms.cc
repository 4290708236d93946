#include "layer/empty_bottoms.h"

#include "caffe/layers.h"
#include "layer/registry.h"
#include "layer/without_empty_bottom.h"
#include "layer/without_empty_image.h"

namespace tscaffe {

void GuardEmptyBottoms() {
  Decorate("Bias", Link::GUARD, &Replace<caffe::BiasLayer<float>, WithoutEmptyBottom<caffe::BiasLayer<float>>>);
  Decorate("Scale", Link::GUARD, &Replace<caffe::ScaleLayer<float>, WithoutEmptyBottom<caffe::ScaleLayer<float>>>);
  Decorate("Convolution", Link::GUARD,
           &Replace<caffe::ConvolutionLayer<float>, WithoutEmptyImage<caffe::ConvolutionLayer<float>>>);
  Decorate("Deconvolution", Link::GUARD,
           &Replace<caffe::DeconvolutionLayer<float>, WithoutEmptyImage<caffe::DeconvolutionLayer<float>>>);
}

}  // namespace tscaffe
