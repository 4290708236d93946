// How much a blob counts in its net's loss.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Changes the weight of a blob that had one when the net was built; it counts from the next forward on.
void SetLossWeight(caffe::Net<float>& net, int blob, float weight);

}  // namespace tscaffe
