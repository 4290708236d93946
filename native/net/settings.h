// What may be set of a net while it lives.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// How much a blob counts in its net's loss, of one that had a weight when the net was built; it counts from the next
// forward on.
void SetLossWeight(caffe::Net<float>& net, int blob, float weight);

// What multiplies the learning rate and the weight decay of learnable blob `param` of layer `layer`; layers that share
// a blob share these. The solver reads them in each update.
float& RateMultiplier(caffe::Net<float>& net, int layer, int param);
float& DecayMultiplier(caffe::Net<float>& net, int layer, int param);

}  // namespace tscaffe
