#pragma once

#include <napi.h>

namespace tscaffe {

// { gemm, gemv, axpy, ... } on Float32Arrays, and those functions that the device has too on DevicePointers (in a build
// with CUDA only).
Napi::Object HostMathExports(Napi::Env env);
Napi::Object DeviceMathExports(Napi::Env env);

}  // namespace tscaffe
