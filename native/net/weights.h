// Trained weights without a net: the layers of a caffemodel, each with its blobs.
#pragma once

#include <napi.h>

namespace tscaffe {

// readWeights(bytes, name) -> [{ name, type, blobs }]
Napi::Value ReadWeights(const Napi::CallbackInfo& info);
// writeWeights(name, [{ name, type, blobs }]) -> bytes of a NetParameter
Napi::Value WriteWeights(const Napi::CallbackInfo& info);

}  // namespace tscaffe
