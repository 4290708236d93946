// Layers that take the sizes of their bottoms in their set-up alone, and then compute with bottoms of any other; and
// those that must not be set up again.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Makes the layers of those types of Caffe's own. Once per process.
void GuardSizesOfSetUp();

// Throws ERR_CAFFE_LAYER if a thread reads batches for the layer: to set it up again would take the database and the
// batches away under that thread.
void RequireNoReader(caffe::Layer<float>& layer);

}  // namespace tscaffe
