// What only a build with CUDA has.
#pragma once

#include <napi.h>

namespace tscaffe {

// { deviceCount, deviceQuery, arch, synchronize, DevicePointer, Kernel, math }
Napi::Object CudaExports(Napi::Env env);

// Caffe's math on the device: the functions of native/math under the same names, with device pointers.
Napi::Object DeviceMathExports(Napi::Env env);

// Makes a device the current one of the calling thread, with handles of its own for cuBLAS and cuRAND.
void SetDevice(int device);

}  // namespace tscaffe
