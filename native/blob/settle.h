// A blob whose numbers fit the memory that it has. Caffe leaves some that do not, and would write behind their memory.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// To be called before a blob is used or reshaped.
//
// Reshape asks for new memory only beyond the largest size that the blob ever had. But ShareData, ShareDiff and
// set_cpu_data give it other memory and leave that number as it is: a blob of 100,000 values that was reshaped to 1,
// and then shared the memory of another of 1, wrote 399,996 bytes behind it when it was reshaped back.
//
// And a Reshape that fails half-way, at a negative or too large size, has multiplied the sizes before it, and asked for
// no memory. Such a blob gets memory for the shape that it has by then, or becomes empty where it has none.
void Settle(caffe::Blob<float>& blob);

// A blob that was empty from the beginning has none, and fails where its values are looked at. It gets some, and stays
// empty.
void GiveMemory(caffe::Blob<float>& blob);

}  // namespace tscaffe
