// The checks of each layer's forward, for a whole net.
#pragma once

#include <atomic>
#include <vector>

#include "caffe/headers.h"
#include "layer/forward_check.h"

namespace tscaffe {

class ForwardChecks : public caffe::Net<float>::Callback {
 public:
  // Adds itself to the net's callbacks.
  explicit ForwardChecks(caffe::Net<float>& net);

  void CheckLabels(bool whether) { check_labels_ = whether; }

 protected:
  void run(int layer) override;

 private:
  class AfterForward : public caffe::Net<float>::Callback {
   public:
    explicit AfterForward(ForwardChecks& checks) : checks_(checks) {}

   protected:
    void run(int layer) override;

   private:
    ForwardChecks& checks_;
  };

  caffe::Net<float>& net_;
  std::vector<ForwardCheck> checks_;  // of each layer
  std::atomic<bool> check_labels_{true};
  AfterForward after_forward_{*this};
};

}  // namespace tscaffe
