// What JavaScript has of a build with CUDA.
#pragma once

#include <napi.h>

#include "guard/cuda_failure.h"

namespace tscaffe {

#ifdef CPU_ONLY

inline constexpr bool kHasGpu = false;
inline Napi::Value CudaExports(Napi::Env env) { return env.Undefined(); }
[[noreturn]] inline void SetDevice(int) { RequireGpu(); }

#else

inline constexpr bool kHasGpu = true;

// { deviceCount, deviceQuery, arch, synchronize, DevicePointer, Kernel }
Napi::Value CudaExports(Napi::Env env);

// Makes a device the current one of the calling thread, with handles of its own for cuBLAS and cuRAND.
void SetDevice(int device);

#endif

}  // namespace tscaffe
