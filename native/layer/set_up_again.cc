#include "layer/set_up_again.h"

#include <string>
#include <vector>

#include "caffe/layers.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "guard/prefetch.h"
#include "layer/registry.h"
#include "layer/without_empty_image.h"

namespace tscaffe {

namespace {

using Blobs = std::vector<caffe::Blob<float>*>;

// Is set up again for bottoms of other shapes: its own memory gets their size, or their shapes fail a CHECK of the
// set-up. PReLU wrote behind its buffer where the image grew, ContrastiveLoss where the batch did, and ArgMax looked
// for more values than were left.
template <class Stock>
class SetUpAgain : public Stock {
 public:
  using Stock::Stock;

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override {
    shapes_.clear();
    Stock::LayerSetUp(bottom, top);
    for (const auto* blob : bottom) shapes_.push_back(blob->shape());
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    if (!HasShapes(bottom)) LayerSetUp(bottom, top);
    Stock::Reshape(bottom, top);
  }

 private:
  bool HasShapes(const Blobs& bottom) const {
    if (shapes_.size() != bottom.size()) return false;
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (shapes_[i] != bottom[i]->shape()) return false;
    }
    return true;
  }

  std::vector<std::vector<int>> shapes_;  // of the bottoms that it has been set up for; none where that failed
};

// It reads a label for each pair, however many there are.
class GuardedContrastiveLoss : public SetUpAgain<caffe::ContrastiveLossLayer<float>> {
 public:
  using SetUpAgain::SetUpAgain;

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    SetUpAgain::Reshape(bottom, top);
    if (bottom[2]->count() == bottom[0]->num()) return;
    throw CodedError("ERR_CAFFE_LAYER",
                     "bottom[2] has " + std::to_string(bottom[2]->count()) + " labels for " +
                         std::to_string(bottom[0]->num()) + " pairs; expected one for each",
                     CurrentPlace());
  }
};

}  // namespace

void RequireNoReader(caffe::Layer<float>& layer) {
  if (PrefetchThreads(&layer).empty()) return;
  throw CodedError("ERR_CAFFE_LAYER", "setup: a thread reads batches for this layer already; make another layer",
                   CurrentPlace());
}

void GuardSizesOfSetUp() {
  Decorate("PReLU", Link::GUARD, &Replace<caffe::PReLULayer<float>, SetUpAgain<caffe::PReLULayer<float>>>);
  Decorate("ContrastiveLoss", Link::GUARD, &Replace<caffe::ContrastiveLossLayer<float>, GuardedContrastiveLoss>);
  Decorate("ArgMax", Link::GUARD, &Replace<caffe::ArgMaxLayer<float>, SetUpAgain<caffe::ArgMaxLayer<float>>>);
  Decorate("Im2col", Link::GUARD,
           &Replace<caffe::Im2colLayer<float>, WithoutEmptyImage<SetUpAgain<caffe::Im2colLayer<float>>>>);
}

}  // namespace tscaffe
