// Images as records of databases, by Caffe's own code: the very bytes that its tools write.
#pragma once

#include <napi.h>

namespace tscaffe {

// (path, label, height, width, is color, encoding) -> bytes of a Datum. Height and width of 0 keep the image's own
// size; an empty encoding stores pixels. Throws ERR_CAFFE_FILE for what is no image.
Napi::Value ReadImageToDatum(const Napi::CallbackInfo& info);

// (bytes of a Datum) -> the same, with the pixels of its image if that is encoded. Throws ERR_CAFFE_FORMAT if it cannot
// be decoded, or is no Datum.
Napi::Value DecodeDatum(const Napi::CallbackInfo& info);

}  // namespace tscaffe
