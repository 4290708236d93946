#include "guard/hdf5_stderr.h"

#include <dlfcn.h>

#include <cstdint>

namespace tscaffe {

// By name: a libcaffe may have been built without HDF5.
void QuietHdf5() {
  using SetAuto = int (*)(int64_t stack, void* print, void* data);
  auto* set_auto = reinterpret_cast<SetAuto>(dlsym(RTLD_DEFAULT, "H5Eset_auto2"));
  if (set_auto != nullptr) set_auto(0, nullptr, nullptr);
}

}  // namespace tscaffe
