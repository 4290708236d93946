// Values of a layer's parameter that Caffe takes without a word and cannot compute with.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Throws for a parameter that would end in a call without end, in NaN, or in all of the memory there is. The names of
// the fields are the prototxt's.
void RequireUsable(const caffe::LayerParameter& parameter);

}  // namespace tscaffe
