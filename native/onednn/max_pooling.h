// MAX pooling where channels lie in blocks. oneDNN has it too; but in training, without AVX-512, it notes the places of
// the maxima byte by byte, past the caches, and takes three times as long as Caffe.
#pragma once

#include <vector>

namespace tscaffe {

struct PoolingSizes {
  int planes;  // items times blocks of channels
  int block;   // channels in a block, a multiple of 4
  int height, width, pooled_height, pooled_width;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
};

// As in Caffe, the maximum of a window is the first of its largest values, NaN is none, and where there is no maximum
// the place is -1 and the value -FLT_MAX. A place is that in the image, for each value of `to`; null if nobody wants
// it.
void PoolMaxima(const PoolingSizes& sizes, const float* from, float* to, int* places);

// The gradient of each maximum goes to its place.
void UnpoolMaxima(const PoolingSizes& sizes, const float* diffs, const int* places, float* to);

}  // namespace tscaffe
