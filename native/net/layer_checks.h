// The checks around each layer's forward and backward, for a whole net.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "layer/layer_check.h"

namespace tscaffe {

class LayerChecks {
 public:
  // Adds itself to the net's callbacks.
  explicit LayerChecks(caffe::Net<float>& net);

  void RequireWholeLabels(bool whether) { whole_labels_ = whether; }

  // Before a reshape of all layers or of one that somebody asks for.
  void BeforeReshape();
  void BeforeReshape(int layer);
  // Sets one up once more.
  void SetUp(int layer);

 private:
  using Method = void (LayerChecks::*)(int layer);

  // One of Caffe's callbacks.
  class Moment : public caffe::Net<float>::Callback {
   public:
    Moment(LayerChecks& checks, Method method) : checks_(checks), method_(method) {}

   protected:
    void run(int layer) override { (checks_.*method_)(layer); }

   private:
    LayerChecks& checks_;
    const Method method_;
  };

  void BeforeForward(int layer);
  void AfterForward(int layer);
  void BeforeBackward(int layer);
  std::string NameOf(int layer, Role role, int index) const;

  caffe::Net<float>& net_;
  std::vector<LayerCheck> checks_;  // of each layer
  std::atomic<bool> whole_labels_{true};
  Moment before_forward_{*this, &LayerChecks::BeforeForward}, after_forward_{*this, &LayerChecks::AfterForward},
      before_backward_{*this, &LayerChecks::BeforeBackward};
};

}  // namespace tscaffe
