// Layers that take the learnable blobs that they find in their set-up, whatever those hold: from the prototxt, or from
// an earlier set-up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "caffe/layers.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

// How many values each learnable blob must have.
using ParamCounts = std::vector<int64_t>;
ParamCounts CountsFor(const caffe::InnerProductLayer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom);
ParamCounts CountsFor(const caffe::EmbedLayer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom);
ParamCounts CountsFor(const caffe::BatchNormLayer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom);

// Convolution, Scale and others compare sizes. These computed with what lies behind the memory: InnerProduct and
// BatchNorm where they were set up again after a reshape, all three where the prototxt had smaller `blobs`. Refused
// before the stock set-up changes anything, so that the layer stays as it was.
template <class Stock>
class WithSoundParams : public Stock {
 public:
  using Stock::Stock;

  void LayerSetUp(const std::vector<caffe::Blob<float>*>& bottom,
                  const std::vector<caffe::Blob<float>*>& top) override {
    if (!this->blobs_.empty()) RequireCounts(CountsFor(*this, bottom));
    Stock::LayerSetUp(bottom, top);
  }

 private:
  void RequireCounts(const ParamCounts& counts) const {
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

// Makes the layers of those types of Caffe's own. Once per process.
void GuardGivenParams();

}  // namespace tscaffe
