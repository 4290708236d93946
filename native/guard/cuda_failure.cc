#include "guard/cuda_failure.h"

#include <array>

#include "caffe/headers.h"
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

std::string TextOf(int error, const std::string& what, const std::string& advice) {
  const std::string text = what + ": " + cudaGetErrorString(static_cast<cudaError_t>(error)) + " (" +
                           cudaGetErrorName(static_cast<cudaError_t>(error)) + ")";
  return advice.empty() ? text : text + "; " + advice;
}

}  // namespace

CudaMeaning MeaningOfCuda(int error) {
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

void ForgetCudaError() { cudaGetLastError(); }

void RequireCuda(int error, const std::string& what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  const auto [code, advice] = MeaningOfCuda(error);
  throw CodedError(code, TextOf(error, what, advice));
}

void RequireGpu() {
  int count = 0;
  RequireCuda(cudaGetDeviceCount(&count), "GPU");
  if (count == 0) RequireCuda(cudaErrorNoDevice, "GPU");
}

}  // namespace tscaffe
