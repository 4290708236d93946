#include "layer/unrolled_weights.h"

#include <caffe/layers/recurrent_layer.hpp>

namespace tscaffe {

namespace {

struct RecurrentAccess : caffe::RecurrentLayer<float> {
  using Base = caffe::RecurrentLayer<float>;
  static caffe::Net<float>* Unrolled(Base& layer) { return (layer.*(&RecurrentAccess::unrolled_net_)).get(); }
};

}  // namespace

void ShareUnrolledWeights(caffe::Layer<float>& layer) {
  auto* recurrent = dynamic_cast<caffe::RecurrentLayer<float>*>(&layer);
  if (recurrent == nullptr) return;
  if (auto* net = RecurrentAccess::Unrolled(*recurrent)) net->ShareWeights();
}

}  // namespace tscaffe
