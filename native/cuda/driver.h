// The CUDA driver, opened when first needed: a program that only loads the package must run where there is none. (It is
// the driver, not the run-time, that loads kernels compiled while the process runs.)
#pragma once

#include <cuda.h>

#include <string>

namespace tscaffe {

struct Driver {
  decltype(&cuModuleLoadData) module_load_data;
  decltype(&cuModuleUnload) module_unload;
  decltype(&cuModuleGetFunction) module_get_function;
  decltype(&cuFuncGetAttribute) function_attribute;
  decltype(&cuFuncSetAttribute) set_function_attribute;
  decltype(&cuLaunchKernel) launch;
  CUresult (*parameter_info)(CUfunction, size_t, size_t*, size_t*);  // null before CUDA 12.4
};

// Throws ERR_CAFFE_NO_GPU where there is none. Makes sure that the calling thread has the context that Caffe uses.
const Driver& CudaDriver();

}  // namespace tscaffe
