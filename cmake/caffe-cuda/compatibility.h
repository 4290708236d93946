// What has changed under Caffe's sources of 2018: included before each of their C++ files by scripts/caffe-cuda, which
// so needs no patch of them. (nvcc's own passes must not see it.)
#pragma once

#if defined(__cplusplus) && !defined(__CUDACC__)

#include <cuda_runtime.h>

// CUDA 13 took three fields out of the description of a device that Caffe::DeviceQuery prints; they are attributes now.
#if CUDART_VERSION >= 13000

namespace tscaffe_compatibility {

struct DeviceProperties : cudaDeviceProp {
  int clockRate = 0;
  int deviceOverlap = 0;
  int kernelExecTimeoutEnabled = 0;
};

inline cudaError_t GetDeviceProperties(DeviceProperties* properties, int device) {
  cudaError_t error = cudaGetDeviceProperties(properties, device);
  const auto ask = [&](int* value, cudaDeviceAttr attribute) {
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(value, attribute, device);
  };
  ask(&properties->clockRate, cudaDevAttrClockRate);
  ask(&properties->deviceOverlap, cudaDevAttrGpuOverlap);
  ask(&properties->kernelExecTimeoutEnabled, cudaDevAttrKernelExecTimeout);
  return error;
}

}  // namespace tscaffe_compatibility

#define cudaDeviceProp tscaffe_compatibility::DeviceProperties
#define cudaGetDeviceProperties tscaffe_compatibility::GetDeviceProperties

#endif

#endif
