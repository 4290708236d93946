#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Throws ERR_CAFFE_TOO_LARGE if the weights of a net are more than a message can hold: before gigabytes are copied into
// one, and instead of Caffe's own failure, which says nothing of sizes.
void RequireMessageSize(const caffe::Net<float>& net, bool diffs);

}  // namespace tscaffe
