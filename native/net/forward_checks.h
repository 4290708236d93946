// What Caffe leaves out before a layer's forward, and what then goes wrong without a word.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "caffe_headers.h"
#include "layer/grown_loss.h"
#include "layer/label_check.h"

namespace tscaffe {

class ForwardChecks : public caffe::Net<float>::Callback {
 public:
  explicit ForwardChecks(caffe::Net<float>& net);

  void CheckLabels(bool whether) { check_labels_ = whether; }

 protected:
  void run(int layer) override;

 private:
  struct Checks {
    std::optional<LabelCheck> labels;
    std::optional<GrownLoss> grown_loss;
  };

  caffe::Net<float>& net_;
  std::vector<Checks> checks_;  // of each layer
  std::atomic<bool> check_labels_{true};
};

}  // namespace tscaffe
