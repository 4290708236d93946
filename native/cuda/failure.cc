#include "cuda/failure.h"

#include <array>
#include <cstdio>

#include "caffe_headers.h"
#include "guard/failure.h"

namespace tscaffe {

namespace {

// A kernel has gone wrong on the device: from then on CUDA answers every call of the process with the same error.
bool IsSticky(int error) {
  constexpr std::array kSticky = {cudaErrorECCUncorrectable,    cudaErrorHardwareStackError,
                                  cudaErrorIllegalInstruction,  cudaErrorMisalignedAddress,
                                  cudaErrorInvalidAddressSpace, cudaErrorInvalidPc,
                                  cudaErrorLaunchFailure,       cudaErrorLaunchTimeout,
                                  cudaErrorIllegalAddress,      cudaErrorAssert,
                                  cudaErrorContextIsDestroyed};
  for (const int sticky : kSticky) {
    if (error == sticky) return true;
  }
  return false;
}

CudaFailure Meaning(int error) {
  switch (error) {
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorInitializationError:
    case cudaErrorStubLibrary:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorDevicesUnavailable:
      return {"ERR_CAFFE_NO_GPU", "this machine has no GPU that CUDA can use: try nvidia-smi"};
    case cudaErrorInvalidDevice:
      return {"ERR_CAFFE_NO_GPU", "deviceCount() tells how many there are, counted from 0"};
    case cudaErrorMemoryAllocation:
      return {"ERR_CAFFE_MEMORY", "the GPU's memory is full: dispose nets, or take smaller batches"};
    default:
      break;
  }
  if (IsSticky(error)) {
    return {"ERR_CAFFE_CUDA",
            "a kernel has gone wrong and CUDA answers every further call of this process with this error: save nothing "
            "that lies on the GPU, and start the process anew"};
  }
  return {"ERR_CAFFE_CUDA", ""};
}

// The number in "Check failed: error == cudaSuccess (2 vs. 0)  out of memory"; 0 if there is none.
int NumberIn(const std::string& check) {
  int number = 0;
  const size_t at = check.find("== cudaSuccess (");
  if (at != std::string::npos) std::sscanf(check.c_str() + at, "== cudaSuccess (%d", &number);  // NOLINT(cert-err34-c)
  return number;
}

std::string TextOf(int error, const std::string& what, const std::string& advice) {
  const std::string text = what + ": " + cudaGetErrorString(static_cast<cudaError_t>(error)) + " (" +
                           cudaGetErrorName(static_cast<cudaError_t>(error)) + ")";
  return advice.empty() ? text : text + "; " + advice;
}

}  // namespace

bool IsCudaFailure(const std::string& check, CudaFailure* failure) {
  if (const int error = NumberIn(check)) {
    *failure = Meaning(error);
    return true;
  }
  // Of the two libraries Caffe knows the status only; what caused it is CUDA's last error, and long gone.
  const bool is_library = check.find("== CUBLAS_STATUS_SUCCESS (") != std::string::npos ||
                          check.find("== CURAND_STATUS_SUCCESS (") != std::string::npos;
  if (is_library) *failure = {"ERR_CAFFE_CUDA", ""};
  return is_library;
}

void ForgetCudaError(const std::string& check) {
  CudaFailure ignored;
  if (IsCudaFailure(check, &ignored)) cudaGetLastError();
}

void RequireCuda(int error, const std::string& what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  const auto [code, advice] = Meaning(error);
  throw CodedError(code, TextOf(error, what, advice));
}

void RequireGpu() {
  int count = 0;
  RequireCuda(cudaGetDeviceCount(&count), "GPU");
  if (count == 0) RequireCuda(cudaErrorNoDevice, "GPU");
}

}  // namespace tscaffe
