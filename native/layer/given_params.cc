#include "layer/given_params.h"

#include "layer/registry.h"

namespace tscaffe {

ParamCounts CountsFor(const caffe::InnerProductLayer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom) {
  const auto& parameter = layer.layer_param().inner_product_param();
  const int64_t outputs = parameter.num_output();
  const int64_t inputs = bottom[0]->count(bottom[0]->CanonicalAxisIndex(parameter.axis()));
  return parameter.bias_term() ? ParamCounts{outputs * inputs, outputs} : ParamCounts{outputs * inputs};
}

ParamCounts CountsFor(const caffe::EmbedLayer<float>& layer, const std::vector<caffe::Blob<float>*>&) {
  const auto& parameter = layer.layer_param().embed_param();
  const int64_t outputs = parameter.num_output();
  const int64_t words = parameter.input_dim();
  return parameter.bias_term() ? ParamCounts{outputs * words, outputs} : ParamCounts{outputs * words};
}

ParamCounts CountsFor(const caffe::BatchNormLayer<float>&, const std::vector<caffe::Blob<float>*>& bottom) {
  const int64_t channels = bottom[0]->num_axes() == 1 ? 1 : bottom[0]->shape(1);
  return {channels, channels, 1};
}

namespace {

template <class Stock>
void GuardType(const std::string& type) {
  Decorate(type, Link::GUARD, &Replace<Stock, WithSoundParams<Stock>>);
}

}  // namespace

void GuardGivenParams() {
  GuardType<caffe::InnerProductLayer<float>>("InnerProduct");
  GuardType<caffe::EmbedLayer<float>>("Embed");
  GuardType<caffe::BatchNormLayer<float>>("BatchNorm");
}

}  // namespace tscaffe
