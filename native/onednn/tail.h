// What a convolution computes of its top on the way, in the place of layers behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "onednn/fused_layers.h"
#include "onednn/served_layer.h"

namespace tscaffe {

using Params = std::vector<boost::shared_ptr<caffe::Blob<float>>>;

// Of each channel: value * factor + offset
struct ChannelMap {
  std::vector<double> factors, offsets;
};

struct Tail {
  explicit Tail(int outputs) : channels(outputs) {}

  // Adds what a layer does to channels, by these learnable blobs. False where that cannot be.
  bool Map(const Params& params, std::function<void(ChannelMap&)> map);

  const int channels;
  size_t length = 0;  // in layers
  // First maps of the channels, then functions of single values.
  std::vector<std::function<void(ChannelMap&)>> maps;
  std::vector<uint64_t> versions;  // of what the maps depend on
  dnnl::post_ops functions;
};

// The weights and biases of a convolution behind which a tail maps the channels. They are kept until one of the
// learnable blobs changes.
class FoldedParams {
 public:
  struct Folded {
    std::vector<uint64_t> versions;
    dnnl::memory weights, bias;
  };

  // `own`: the layout of the convolution's weights in their blob, where those of an output lie side by side. Null where
  // layer by layer it may come out otherwise: where a number is not finite, or somebody may change the blobs unseen.
  const Folded* For(const Tail& tail, const Params& params, const Desc& own, const Desc& layout);

 private:
  Memo<Folded> folded_;
};

}  // namespace tscaffe
