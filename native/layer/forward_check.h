// What Caffe leaves out around a layer's forward, and what then goes wrong without a word.
#pragma once

#include <optional>
#include <vector>

#include "caffe/headers.h"
#include "layer/grown_loss.h"
#include "layer/label_check.h"

namespace tscaffe {

class ForwardCheck {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;

  // Of a layer that has been set up with these tops.
  ForwardCheck(caffe::Layer<float>& layer, const Blobs& top);

  // Before and after each forward. `name(i)` is what bottom i is called in errors.
  template <class Name>
  void Before(const Blobs& bottom, const Blobs& top, bool check_labels, Name&& name) {
    if (reads_files_) BeginReading();
    if (labels_ && check_labels) labels_->Require(bottom, name);
    if (!grown_loss_) return;
    // The layer would give its tops their size only in its own forward, which then computes the loss.
    layer_.Reshape(bottom, top);
    grown_loss_->Restore(layer_, top);
  }
  void After() { reading_ = false; }

 private:
  void BeginReading();

  caffe::Layer<float>& layer_;
  std::optional<LabelCheck> labels_;
  std::optional<GrownLoss> grown_loss_;  // if it may grow

  // An HDF5Data layer moves on before it reads: after a forward that failed at a file that is gone, the next gave old
  // values, and the one after that read behind its memory. So each forward after a failed one is an error.
  const bool reads_files_;
  bool reading_ = false;
};

}  // namespace tscaffe
