#include "layer/given_params.h"

#include <cstdint>
#include <string>
#include <vector>

#include "caffe/layers.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

using Blobs = std::vector<caffe::Blob<float>*>;
using Counts = std::vector<int64_t>;

// How many values each learnable blob must have.

Counts CountsFor(const caffe::InnerProductLayer<float>& layer, const Blobs& bottom) {
  const auto& parameter = layer.layer_param().inner_product_param();
  const int64_t outputs = parameter.num_output();
  const int64_t inputs = bottom[0]->count(bottom[0]->CanonicalAxisIndex(parameter.axis()));
  return parameter.bias_term() ? Counts{outputs * inputs, outputs} : Counts{outputs * inputs};
}

Counts CountsFor(const caffe::EmbedLayer<float>& layer, const Blobs&) {
  const auto& parameter = layer.layer_param().embed_param();
  const int64_t outputs = parameter.num_output();
  const int64_t words = parameter.input_dim();
  return parameter.bias_term() ? Counts{outputs * words, outputs} : Counts{outputs * words};
}

Counts CountsFor(const caffe::BatchNormLayer<float>&, const Blobs& bottom) {
  const int64_t channels = bottom[0]->num_axes() == 1 ? 1 : bottom[0]->shape(1);
  return {channels, channels, 1};
}

// Convolution, Scale and others compare sizes. These computed with what lies behind the memory: InnerProduct and
// BatchNorm where they were set up again after a reshape, all three where the prototxt had smaller `blobs`. Refused
// before the stock set-up changes anything, so that the layer stays as it was.
template <class Stock>
class WithSoundParams : public Stock {
 public:
  using Stock::Stock;

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override {
    if (!this->blobs_.empty()) RequireCounts(CountsFor(*this, bottom));
    Stock::LayerSetUp(bottom, top);
  }

 private:
  void RequireCounts(const Counts& counts) const {
    if (this->blobs_.size() < counts.size()) {
      throw CodedError("ERR_CAFFE_LAYER",
                       "the layer has been given " + std::to_string(this->blobs_.size()) +
                           " learnable blobs, but needs " + std::to_string(counts.size()),
                       CurrentPlace());
    }
    for (size_t i = 0; i < counts.size(); ++i) {
      if (this->blobs_[i]->count() == counts[i]) continue;
      throw CodedError("ERR_CAFFE_LAYER",
                       "learnable blob " + std::to_string(i) + " of the layer has the shape " +
                           this->blobs_[i]->shape_string() + ", but for this bottom and these parameters it needs " +
                           std::to_string(counts[i]) + " values",
                       CurrentPlace());
    }
  }
};

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
