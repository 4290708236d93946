// What Caffe leaves out around a layer's forward and backward, and what then goes wrong without a word.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "layer/grown_loss.h"
#include "layer/label_check.h"
#include "layer/lent_tops.h"
#include "layer/seen_shapes.h"

namespace tscaffe {

class LayerCheck {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;
  // What a blob of the layer is called in errors.
  using NameOf = std::function<std::string(Role role, int index)>;

  // Of a layer that has been set up with these tops.
  LayerCheck(caffe::Layer<float>& layer, const Blobs& top);

  // Before any forward, in a net that is whole: a backward may run on what the set-up has left. So pycaffe's own tests
  // do. (Filter's would use a list that forward makes.)
  void TakeSetUpForForward(const Blobs& bottom, const Blobs& top);

  // Around each forward, and before each backward. `whole_labels`: whether labels must be whole numbers.
  void BeforeForward(const Blobs& bottom, const Blobs& top, bool whole_labels, const NameOf& name);
  void AfterForward(const Blobs& bottom, const Blobs& top);
  void BeforeBackward(const Blobs& bottom, const Blobs& top, bool whole_labels, const NameOf& name) const;

  // Before a reshape that somebody asks for.
  void BeforeReshape(const Blobs& bottom, const Blobs& top);
  // Sets the layer up once more.
  void SetUp(const Blobs& bottom, const Blobs& top);

 private:
  void Forget(const Blobs& bottom, const Blobs& top);
  void NoteParams();
  void BeginReading();
  void RequireParams(const NameOf& name) const;
  void RequireShapesOfForward(const Blobs& bottom, const Blobs& top, const NameOf& name) const;

  caffe::Layer<float>& layer_;
  std::optional<LabelCheck> labels_;
  std::optional<GrownLoss> grown_loss_;  // if it may grow
  std::optional<LentTops> lent_tops_;

  // A set-up that failed half-way has changed some of the layer's numbers, and others not.
  bool is_set_up_ = true;

  // A layer of Caffe's own takes it that its learnable blobs keep the size that its set-up gave them. (A TypeScript
  // layer may do with its own what it likes.)
  const bool is_stock_;
  std::vector<int> param_counts_;

  // Backward computes with what forward has left in the layer: in memory of the sizes that its blobs had then. So it
  // runs only on the shapes of the last forward, which are forgotten where that failed, and where the layer is
  // reshaped.
  SeenShapes forward_shapes_;

  // An HDF5Data layer moves on before it reads: after a forward that failed at a file that is gone, the next gave old
  // values, and the one after that read behind its memory. So each forward after a failed one is an error.
  const bool reads_files_;
  bool reading_ = false;
};

}  // namespace tscaffe
