// What CUDA says when something fails, and what that means for the process. (Files named cuda_ are compiled for a
// libcaffe with CUDA only; without one there is nothing to fail.)
#pragma once

#include <string>

#include "guard/failure.h"

namespace tscaffe {

struct CudaMeaning {
  const char* code;    // of the CaffeError
  std::string advice;  // what to do; empty where CUDA's own text says all
};

#define TSCAFFE_NO_GPU(lacks) \
  "this libcaffe was built without " lacks "; build tscaffe against one with it: CAFFE_ROOT=<prefix> npm run build"

#ifdef CPU_ONLY

inline constexpr char kNoGpu[] = TSCAFFE_NO_GPU("CUDA (CPU_ONLY)");
inline CudaMeaning MeaningOfCuda(int) { return {"ERR_CAFFE_CUDA", ""}; }
inline void ForgetCudaError() {}
[[noreturn]] inline void RequireGpu() { throw CodedError("ERR_CAFFE_NO_GPU", kNoGpu); }

#else

// Of a layer that asks for it; see RequireGpu for the other reasons.
inline constexpr char kNoGpu[] = TSCAFFE_NO_GPU("cuDNN");

// Of a cudaError_t, or the CUresult of the same number.
CudaMeaning MeaningOfCuda(int error);

// CUDA keeps the last error of each thread, and Caffe looks at it after each kernel: an allocation that failed, and was
// dealt with, failed an unrelated layer's forward later.
void ForgetCudaError();

// For calls of our own: throws a CodedError unless `error` is 0.
void RequireCuda(int error, const std::string& what);

// Throws ERR_CAFFE_NO_GPU, with CUDA's reason, where there is no device to compute on.
void RequireGpu();

#endif

}  // namespace tscaffe
