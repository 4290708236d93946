// The weights inside of LSTM and RNN layers.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Such a layer runs a net of its own, in which each step of time has learnable blobs that share the layer's memory.
// Caffe lets them share when the layer is set up, and in the phase TEST before each forward. In a train net whose
// weights had got other memory, by shareWith or shareData, all steps but the first went on with the old ones.
void ShareUnrolledWeights(caffe::Layer<float>& layer);

}  // namespace tscaffe
