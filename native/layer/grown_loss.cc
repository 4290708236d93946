#include "layer/grown_loss.h"

#include <caffe/layers/loss_layer.hpp>

#include "layer/js_layer.h"

namespace tscaffe {

namespace {

bool IsWeighted(const caffe::Layer<float>& layer, const GrownLoss::Blobs& top, size_t i) {
  return layer.loss(static_cast<int>(i)) != 0 && top[i]->count() > 0;
}

}  // namespace

bool GrownLoss::MayGrow(const caffe::Layer<float>& layer, const Blobs& top) {
  if (dynamic_cast<const JsLayer*>(&layer) != nullptr) return false;  // sees to it itself
  const bool is_loss = dynamic_cast<const caffe::LossLayer<float>*>(&layer) != nullptr;
  for (size_t i = 0; i < top.size(); ++i) {
    if (layer.loss(static_cast<int>(i)) != 0 && !(is_loss && top[i]->num_axes() == 0)) return true;
  }
  return false;
}

void GrownLoss::Note(const caffe::Layer<float>& layer, const Blobs& top) {
  written_.assign(top.size(), Memory());
  for (size_t i = 0; i < top.size(); ++i) {
    if (IsWeighted(layer, top, i)) written_[i] = {top[i]->diff().get(), top[i]->count()};
  }
}

void GrownLoss::Restore(const caffe::Layer<float>& layer, const Blobs& top) {
  written_.resize(top.size());
  for (size_t i = 0; i < top.size(); ++i) {
    if (!IsWeighted(layer, top, i)) continue;
    const Memory memory(top[i]->diff().get(), top[i]->count());
    if (memory == written_[i]) continue;
    caffe::caffe_set(top[i]->count(), layer.loss(static_cast<int>(i)), top[i]->mutable_cpu_diff());
    written_[i] = memory;
  }
}

}  // namespace tscaffe
