#include "layer/layer_check.h"

#include "blob/settle.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/js_layer.h"
#include "layer/unrolled_weights.h"

namespace tscaffe {

namespace {

std::string TextOf(const SeenShapes::Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

}  // namespace

LayerCheck::LayerCheck(caffe::Layer<float>& layer, const Blobs& top)
    : layer_(layer),
      labels_(LabelCheck::For(layer)),
      lent_tops_(LentTops::Of(layer)),
      is_stock_(dynamic_cast<const JsLayer*>(&layer) == nullptr),
      reads_files_(std::string(layer.type()) == "HDF5Data") {
  if (GrownLoss::MayGrow(layer, top)) grown_loss_.emplace().Note(layer, top);
  NoteParams();
}

void LayerCheck::TakeSetUpForForward(const Blobs& bottom, const Blobs& top) {
  if (std::string(layer_.type()) != "Filter") forward_shapes_.Note(layer_, bottom, top);
}

void LayerCheck::BeforeForward(const Blobs& bottom, const Blobs& top, bool whole_labels, const NameOf& name) {
  BeforeReshape(bottom, top);
  ShareUnrolledWeights(layer_);
  if (reads_files_) BeginReading();
  if (is_stock_) RequireParams(name);
  if (labels_) labels_->Require(bottom, whole_labels, [&](int i) { return name(Role::BOTTOM, i); });
  if (lent_tops_) lent_tops_->Before(top);
  if (!grown_loss_) return;
  // The layer would give its tops their size only in its own forward, which then computes the loss.
  layer_.Reshape(bottom, top);
  grown_loss_->Restore(layer_, top);
}

void LayerCheck::AfterForward(const Blobs& bottom, const Blobs& top) {
  reading_ = false;
  if (lent_tops_) lent_tops_->After(top);
  forward_shapes_.Note(layer_, bottom, top);
}

void LayerCheck::BeforeBackward(const Blobs& bottom, const Blobs& top, bool whole_labels, const NameOf& name) const {
  RequireShapesOfForward(bottom, top, name);
  ShareUnrolledWeights(layer_);
  // They may have changed since.
  if (labels_) labels_->Require(bottom, whole_labels, [&](int i) { return name(Role::BOTTOM, i); });
}

void LayerCheck::BeforeReshape(const Blobs& bottom, const Blobs& top) {
  if (!is_set_up_) {
    throw CodedError("ERR_CAFFE_LAYER", "the layer's last setup failed half-way; call setup again", CurrentPlace());
  }
  Forget(bottom, top);
}

void LayerCheck::SetUp(const Blobs& bottom, const Blobs& top) {
  Forget(bottom, top);
  try {
    layer_.LayerSetUp(bottom, top);
  } catch (const CheckFailure&) {  // what our own classes refuse, they refuse at once
    is_set_up_ = false;
    throw;
  }
  is_set_up_ = true;
  NoteParams();
}

// What forward has left, and what a failed call has left of the blobs.
void LayerCheck::Forget(const Blobs& bottom, const Blobs& top) {
  forward_shapes_.Forget();
  for (auto* blob : bottom) Settle(*blob);
  for (auto* blob : top) Settle(*blob);
}

void LayerCheck::NoteParams() {
  param_counts_.clear();
  for (auto& blob : layer_.blobs()) param_counts_.push_back(blob->count());
}

void LayerCheck::RequireParams(const NameOf& name) const {
  auto& params = layer_.blobs();
  for (size_t i = 0; i < params.size() && i < param_counts_.size(); ++i) {
    if (params[i]->count() == param_counts_[i]) continue;
    throw CodedError("ERR_CAFFE_LAYER",
                     name(Role::PARAM, static_cast<int>(i)) + " has been reshaped to " + TextOf(params[i]->shape()) +
                         ", but was set up with " + std::to_string(param_counts_[i]) +
                         " values; give it its shape back, or call the layer's setup",
                     CurrentPlace());
  }
}

void LayerCheck::RequireShapesOfForward(const Blobs& bottom, const Blobs& top, const NameOf& name) const {
  if (!forward_shapes_.AreKnown()) {
    throw CodedError(
        "ERR_CAFFE_LAYER",
        "call forward first: the layer has had none since it was set up or reshaped, or the last one failed",
        CurrentPlace());
  }
  const auto difference = forward_shapes_.FindDifference(layer_, bottom, top);
  if (!difference) return;
  throw CodedError("ERR_CAFFE_LAYER",
                   name(difference->role, difference->index) + " has the shape " + TextOf(difference->now) +
                       ", but had " + TextOf(difference->seen) +
                       " in the layer's last forward; call forward again before backward",
                   CurrentPlace());
}

void LayerCheck::BeginReading() {
  if (reading_) {
    throw CodedError("ERR_CAFFE_FILE",
                     "a file of this layer's list could not be read in an earlier forward, and what would follow is "
                     "not known; the net can only be disposed",
                     CurrentPlace());
  }
  reading_ = true;
}

}  // namespace tscaffe
