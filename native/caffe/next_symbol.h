// libcaffe calls its functions that others may see by name, as any shared library does. The dynamic linker finds those
// of the addon first, since it stands before the libraries that it needs. What stands there in libcaffe itself comes
// next.
#pragma once

#include <dlfcn.h>

namespace tscaffe {

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace tscaffe
