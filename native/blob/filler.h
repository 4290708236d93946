// Caffe's fillers: what layers give their weights to begin with.
#pragma once

#include <napi.h>

namespace tscaffe {

// fillBlob(blob, bytes of a FillerParameter)
void FillBlob(const Napi::CallbackInfo& info);

}  // namespace tscaffe
