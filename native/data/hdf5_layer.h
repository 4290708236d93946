#pragma once

#include "layer/registry.h"

namespace tscaffe {

// A layer of Caffe's own that reads or writes HDF5 files, in one that holds the lock of HDF5 while it does, and looks
// whether what was written could be.
LayerPointer LockedHdf5Layer(const caffe::LayerParameter& parameter, LayerPointer layer);

}  // namespace tscaffe
