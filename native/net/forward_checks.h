// What Caffe leaves out before a layer's forward, and what then goes wrong without a word.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "caffe/headers.h"
#include "layer/grown_loss.h"
#include "layer/label_check.h"
#include "layer/unfinished_read.h"

namespace tscaffe {

class ForwardChecks : public caffe::Net<float>::Callback {
 public:
  // Adds itself to the net's callbacks.
  explicit ForwardChecks(caffe::Net<float>& net);

  void CheckLabels(bool whether) { check_labels_ = whether; }

 protected:
  void run(int layer) override;

 private:
  struct Checks {
    std::optional<LabelCheck> labels;
    std::optional<GrownLoss> grown_loss;
    std::optional<UnfinishedRead> read;
  };

  class AfterForward : public caffe::Net<float>::Callback {
   public:
    explicit AfterForward(ForwardChecks& checks) : checks_(checks) {}

   protected:
    void run(int layer) override;

   private:
    ForwardChecks& checks_;
  };

  caffe::Net<float>& net_;
  std::vector<Checks> checks_;  // of each layer
  std::atomic<bool> check_labels_{true};
  AfterForward after_forward_{*this};
};

}  // namespace tscaffe
