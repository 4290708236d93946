// NVIDIA's compiler of CUDA C++ at run time, opened when first needed.
#pragma once

#include <string>
#include <vector>

namespace tscaffe {

struct CompiledKernel {
  std::string image;  // machine code or PTX, as the driver takes it
  std::string name;   // as the image names the kernel
  std::string log;    // warnings
};

// `name`: the kernel's in the source, template arguments included. `arch`: "sm_90" for machine code, "compute_90" for
// PTX. Throws ERR_CAFFE_CUDA, with the compiler's log where the source is wrong.
CompiledKernel Compile(const std::string& source, const std::string& name, const std::string& arch,
                       const std::vector<std::string>& options);

}  // namespace tscaffe
