// What multiplies the learning rate and the weight decay of each learnable blob.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Of learnable blob `param` of layer `layer`; layers that share a blob share these. The solver reads them in each
// update.
float& RateMultiplier(caffe::Net<float>& net, int layer, int param);
float& DecayMultiplier(caffe::Net<float>& net, int layer, int param);

}  // namespace tscaffe
