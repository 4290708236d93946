// What CUDA says when something fails, and what that means for the process.
#pragma once

#include <string>

namespace tscaffe {

struct CudaFailure {
  const char* code;    // of the CaffeError
  std::string advice;  // what to do; empty where CUDA's own text says all
};

#ifdef CPU_ONLY

inline bool IsCudaFailure(const std::string&, CudaFailure*) { return false; }
inline void ForgetCudaError(const std::string&) {}

#else

// Whether the message of a failing CHECK is one of CUDA, cuBLAS or cuRAND.
bool IsCudaFailure(const std::string& check, CudaFailure* failure);

// On the thread on which such a CHECK failed. CUDA keeps the last error of each thread, and Caffe looks at it after
// each kernel: an allocation that failed, and was dealt with, failed an unrelated layer's forward later.
void ForgetCudaError(const std::string& check);

// For calls of our own: throws a CodedError unless `error` (a cudaError_t, or the CUresult of the same number) is 0.
void RequireCuda(int error, const std::string& what);

// Throws ERR_CAFFE_NO_GPU, with CUDA's reason, where there is no device to compute on.
void RequireGpu();

#endif

}  // namespace tscaffe
