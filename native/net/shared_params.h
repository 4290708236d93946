// The learnable blobs of a net that share by `param { name }`.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Caffe lets them use one memory when it builds the net. One that JavaScript gives other memory, by shareData or by a
// reshape, would leave the others behind: this lets them follow, if it is one of them. Whether any has.
bool KeepSharing(const caffe::Net<float>& net, const void* blob);

// Whether it is a learnable blob of the net.
bool HasParam(const caffe::Net<float>& net, const void* blob);

}  // namespace tscaffe
