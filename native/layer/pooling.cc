// In forward, Caffe's MAX pooling notes for each value of its top where in the bottom's plane that was found: in its
// second top if it has one, else in a blob of its own. A window has no maximum where all its values are NaN or
// -infinity, and where it lies outside of the image, as the last one may where the stride is larger than the kernel. It
// leaves -1 there, and backward, on the CPU, adds the gradient to the value before the plane: training that had
// diverged ended in free(). Here such a gradient goes nowhere, as it does on the GPU.
#include "layer/pooling.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "caffe/layers.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

using Blobs = std::vector<caffe::Blob<float>*>;

template <class Index>
bool IsWithin(Index index, int plane) {
  return index >= 0 && index < static_cast<Index>(plane);
}

// Takes the gradients of windows without a maximum out of the way of a backward: for as long as this lives they are 0,
// and go to the first value of their plane.
template <class Index>
class WithoutMaximum {
 public:
  // `mask` and `diff` have `count` values, and a plane of the bottom has `plane`. `name` is that of the mask.
  WithoutMaximum(Index* mask, float* diff, int count, int plane, const std::string& name) : mask_(mask), diff_(diff) {
    const auto is_within = [plane](Index index) { return IsWithin(index, plane); };
    if (std::all_of(mask, mask + count, is_within)) return;
    for (int i = 0; i < count; ++i) {
      if (IsWithin(mask[i], plane)) continue;
      if (mask[i] != -1) Refuse(static_cast<float>(mask[i]), i, plane, name);
      taken_.emplace_back(i, diff[i]);
    }
    for (const auto& [i, value] : taken_) {
      mask_[i] = 0;
      diff_[i] = 0;
    }
  }
  ~WithoutMaximum() {
    for (const auto& [i, value] : taken_) {
      mask_[i] = -1;
      diff_[i] = value;
    }
  }
  WithoutMaximum(const WithoutMaximum&) = delete;
  WithoutMaximum& operator=(const WithoutMaximum&) = delete;

 private:
  // Only a mask that is a top can have been written to.
  [[noreturn]] static void Refuse(float index, int element, int plane, const std::string& name) {
    throw ValueError("ERR_CAFFE_LABEL",
                     "index " + TextOf(index) + " in element " + std::to_string(element) + " of blob \"" + name +
                         "\", the mask: expected a number from 0 to " + std::to_string(plane - 1) +
                         ", or -1 where there is no maximum",
                     CurrentPlace(), {name, -1, false, element});
  }

  Index* const mask_;
  float* const diff_;
  std::vector<std::pair<int, float>> taken_;
};

// SPP makes its pooling layers itself, and anew where its bottom gets another shape.
class GuardedSpp : public caffe::SPPLayer<float> {
 public:
  using SPPLayer::SPPLayer;

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override {
    SPPLayer::LayerSetUp(bottom, top);
    GuardEach(bottom, top);
  }
  void Reshape(const Blobs& bottom, const Blobs& top) override {
    SPPLayer::Reshape(bottom, top);
    GuardEach(bottom, top);
  }

 private:
  void GuardEach(const Blobs& bottom, const Blobs& top) {
    for (size_t i = 0; i < pooling_layers_.size(); ++i) {
      if (dynamic_cast<GuardedPooling*>(pooling_layers_[i].get()) != nullptr) continue;
      const bool is_alone = pooling_layers_.size() == 1;  // it then works on the layer's own blobs
      pooling_layers_[i] = boost::make_shared<GuardedPooling>(pooling_layers_[i]->layer_param());
      pooling_layers_[i]->SetUp(is_alone ? bottom : *pooling_bottom_vecs_[i], is_alone ? top : *pooling_top_vecs_[i]);
    }
  }
};

}  // namespace

void GuardedPooling::Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) {
  const bool is_max = layer_param_.pooling_param().pool() == caffe::PoolingParameter_PoolMethod_MAX;
  if (!is_max || !propagate_down[0] || top[0]->count() == 0) {
    PoolingLayer::Backward_cpu(top, propagate_down, bottom);
  } else if (top.size() > 1) {
    const std::string name = layer_param_.top_size() > 1 ? layer_param_.top(1) : "top[1]";
    const WithoutMaximum<float> without(top[1]->mutable_cpu_data(), top[0]->mutable_cpu_diff(), top[0]->count(),
                                        height_ * width_, name);
    PoolingLayer::Backward_cpu(top, propagate_down, bottom);
  } else {
    const WithoutMaximum<int> without(max_idx_.mutable_cpu_data(), top[0]->mutable_cpu_diff(), top[0]->count(),
                                      height_ * width_, "");
    PoolingLayer::Backward_cpu(top, propagate_down, bottom);
  }
}

void GuardPooling() {
  Decorate("Pooling", Link::GUARD, &Replace<caffe::PoolingLayer<float>, GuardedPooling>);
  Decorate("SPP", Link::GUARD, &Replace<caffe::SPPLayer<float>, GuardedSpp>);
}

}  // namespace tscaffe
