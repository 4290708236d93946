// Caffe's own CPU math, for layers written in TypeScript: one entry a function, no defaults.
#pragma once

#include <napi.h>

namespace tscaffe {

// { gemm, gemv, axpy, ... }
Napi::Object MathExports(Napi::Env env);

void ExportBlas(Napi::Object math);
void ExportElementwise(Napi::Object math);
void ExportRandom(Napi::Object math);

}  // namespace tscaffe
