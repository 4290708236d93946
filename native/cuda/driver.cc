#include "cuda/driver.h"

#include <dlfcn.h>

#include <mutex>

#include "caffe/headers.h"
#include "guard/cuda_failure.h"
#include "guard/failure.h"

namespace tscaffe {

namespace {

Driver driver;

template <class Function>
void Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
}

void Open() {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) throw CodedError("ERR_CAFFE_NO_GPU", std::string("the CUDA driver: ") + dlerror());
  Find(library, "cuModuleLoadData", &driver.module_load_data);
  Find(library, "cuModuleUnload", &driver.module_unload);
  Find(library, "cuModuleGetFunction", &driver.module_get_function);
  Find(library, "cuFuncGetAttribute", &driver.function_attribute);
  Find(library, "cuFuncSetAttribute", &driver.set_function_attribute);
  Find(library, "cuLaunchKernel", &driver.launch);
  Find(library, "cuFuncGetParamInfo", &driver.parameter_info);
}

}  // namespace

const Driver& CudaDriver() {
  // The run-time makes its context current on a thread when it first works on it.
  static thread_local bool has_context = false;
  if (has_context) return driver;
  static std::once_flag once;
  RequireGpu();
  std::call_once(once, Open);
  RequireCuda(cudaFree(nullptr), "GPU");
  has_context = true;
  return driver;
}

}  // namespace tscaffe
