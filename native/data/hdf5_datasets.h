// HDF5 files as lists of datasets, whatever their layout.
#pragma once

#include <napi.h>

namespace tscaffe {

// (path) -> [{ name, shape, data }]: the datasets of numbers, also those in groups, by the order of their names
Napi::Value ReadHdf5File(const Napi::CallbackInfo& info);

// (path, [{ name, shape, data }]): a new file. A name with slashes is in groups.
void WriteHdf5File(const Napi::CallbackInfo& info);

}  // namespace tscaffe
