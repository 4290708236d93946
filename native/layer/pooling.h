// MAX pooling, and SPP's, with windows that have no maximum.
#pragma once

#include <vector>

#include "caffe/layers.h"

namespace tscaffe {

class GuardedPooling : public caffe::PoolingLayer<float> {
 public:
  using PoolingLayer::PoolingLayer;

 protected:
  void Backward_cpu(const std::vector<caffe::Blob<float>*>& top, const std::vector<bool>& propagate_down,
                    const std::vector<caffe::Blob<float>*>& bottom) override;
};

// Makes the layers of Caffe's own types Pooling and SPP. Once per process.
void GuardPooling();

}  // namespace tscaffe
