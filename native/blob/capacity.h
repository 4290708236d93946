// How far a blob may grow in the memory that it has.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// To be called before a blob is reshaped. Caffe's Reshape asks for new memory only beyond the largest size that the
// blob ever had. But ShareData, ShareDiff and set_cpu_data give it other memory and leave that number as it is: a blob
// of 100,000 values that was reshaped to 1, and then shared the memory of another of 1, wrote 399,996 bytes behind it
// when it was reshaped back.
void LimitCapacity(caffe::Blob<float>& blob);

}  // namespace tscaffe
