// Prototxt to bytes and back, by libprotobuf's own text format and Caffe's own upgrade of old formats.
#pragma once

#include <napi.h>

namespace tscaffe {

// parseText(kind, text) -> { bytes, layers: [{ name, line }] } | { error: { line, column, message } }
Napi::Value ParseText(const Napi::CallbackInfo& info);
// printText(kind, bytes) -> text
Napi::Value PrintText(const Napi::CallbackInfo& info);
// upgrade(kind, bytes, file) -> bytes: to the current format
Napi::Value Upgrade(const Napi::CallbackInfo& info);

}  // namespace tscaffe
