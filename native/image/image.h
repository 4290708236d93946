#pragma once

#include <napi.h>

namespace tscaffe {

// { toInput, toImage, resize, interpolate }: the loops over the pixels of images, whose tables TypeScript makes
// (src/io/). V8 needs 2 ns to copy one value of 32 bits, which is all that numpy needs for the whole of an image.
Napi::Object ImageExports(Napi::Env env);

}  // namespace tscaffe
