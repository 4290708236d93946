// Which library an address lies in, as a signal handler may ask: dladdr takes a lock.
#pragma once

#include <cstdint>

namespace tscaffe {

enum class Module { OTHER, ADDON, CAFFE, LMDB, LIBC, LIBSTDCXX };

// Where they lie; none of them is ever unloaded. Once per process and addon, before a signal is handled.
void NoteModules();

Module ModuleOf(const void* address);

// Whether it lies in abort().
bool IsInAbort(const void* address);

}  // namespace tscaffe
