// Which way a pass of a layer goes: the fastest, measured when its shapes are first seen in the process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onednn/served_layer.h"

namespace tscaffe {

// Blobs like those of a layer, for a pass whose results nobody wants. Where two of a layer's are one blob, so are
// these. While it lives, the layer's learnable blobs are others too: a trial leaves no trace in their gradients.
class Trial {
 public:
  Trial(const Blobs& bottom, const Blobs& top, std::vector<boost::shared_ptr<caffe::Blob<float>>>& params);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  const Blobs& Bottom() const { return bottom_; }
  const Blobs& Top() const { return top_; }

 private:
  using Pointer = boost::shared_ptr<caffe::Blob<float>>;
  Pointer Like(caffe::Blob<float>* blob);

  std::vector<Pointer>& params_;
  const std::vector<Pointer> own_params_;
  std::vector<std::pair<caffe::Blob<float>*, Pointer>> blobs_;
  Blobs bottom_, top_;
};

// Learnable blobs get back their values and gradients when it ends, for a layer that gives them to a layer of its own.
class KeptParams {
 public:
  explicit KeptParams(std::vector<boost::shared_ptr<caffe::Blob<float>>> params);
  ~KeptParams();
  KeptParams(const KeptParams&) = delete;
  KeptParams& operator=(const KeptParams&) = delete;

 private:
  const std::vector<boost::shared_ptr<caffe::Blob<float>>> params_;
  std::vector<std::vector<float>> data_, diffs_;
};

// The way for a pass, by its key: what the time of the pass depends on. The first time `run` is called for each of the
// ways, and timed; one that throws dnnl::error is not there.
Way ChooseWay(const std::string& key, const std::vector<Way>& ways, const std::function<void(Way)>& run);

// The shapes of blobs, for a key.
std::string ShapesOf(const Blobs& blobs);

}  // namespace tscaffe
