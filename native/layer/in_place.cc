#include "layer/in_place.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

// Of the types that have tops and bottoms, all but these: BNLL, BatchNorm, Bias, Clip, Dropout, ELU, Exp, Log,
// MVN, PReLU, Power, ReLU, Scale, Sigmoid, Softmax, Swish, TanH, Threshold. In place they compute the same top. AbsVal,
// BatchReindex, Filter, Flatten, Reshape and Split say themselves that they may not.
constexpr const char* kNeedTopsOfTheirOwn[] = {"AbsVal",
                                               "Accuracy",
                                               "ArgMax",
                                               "BatchReindex",
                                               "Concat",
                                               "ContrastiveLoss",
                                               "Convolution",
                                               "Crop",
                                               "Deconvolution",
                                               "Eltwise",
                                               "Embed",
                                               "EuclideanLoss",
                                               "Filter",
                                               "Flatten",
                                               "HingeLoss",
                                               "Im2col",
                                               "InfogainLoss",
                                               "InnerProduct",
                                               "LRN",
                                               "LSTM",
                                               "LSTMUnit",
                                               "MultinomialLogisticLoss",
                                               "Pooling",
                                               "RNN",
                                               "Reduction",
                                               "Reshape",
                                               "SPP",
                                               "SigmoidCrossEntropyLoss",
                                               "Silence",
                                               "Slice",
                                               "SoftmaxWithLoss",
                                               "Split",
                                               "Tile",
                                               "HDF5Output"};

}  // namespace

bool MayBeInPlace(const std::string& type) {
  return std::find(std::begin(kNeedTopsOfTheirOwn), std::end(kNeedTopsOfTheirOwn), type) ==
         std::end(kNeedTopsOfTheirOwn);
}

void RequireTopsOfItsOwn(const caffe::LayerParameter& parameter) {
  if (MayBeInPlace(parameter.type())) return;
  for (int i = 0; i < std::min(parameter.top_size(), parameter.bottom_size()); ++i) {
    if (parameter.top(i) != parameter.bottom(i)) continue;
    throw CodedError("ERR_CAFFE_LAYER",
                     "top[" + std::to_string(i) + "] has the name of bottom[" + std::to_string(i) + "], \"" +
                         parameter.top(i) + "\", but " + parameter.type() +
                         " cannot compute in place: give the top a name of its own",
                     CurrentPlace());
  }
}

void RequireTopsOfItsOwn(const caffe::Layer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom,
                         const std::vector<caffe::Blob<float>*>& top) {
  if (MayBeInPlace(layer.type())) return;
  for (size_t i = 0; i < top.size(); ++i) {
    const auto same = std::find(bottom.begin(), bottom.end(), top[i]);
    if (same == bottom.end()) continue;
    throw CodedError("ERR_CAFFE_LAYER",
                     "top[" + std::to_string(i) + "] is bottom[" + std::to_string(same - bottom.begin()) + "], but " +
                         layer.type() + " cannot compute in place: give it a top of its own",
                     CurrentPlace());
  }
}

}  // namespace tscaffe
