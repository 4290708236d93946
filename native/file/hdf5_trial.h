#pragma once

#include <string>

namespace tscaffe {

// Throws ERR_CAFFE_FORMAT for an HDF5 file over which HDF5 itself comes to grief: another process reads it first. Where
// none can be started, nothing is known. Call it with the lock of HDF5: the other process inherits the files that are
// open, and with them HDF5's locks on them, until it ends.
void RequireSoundHdf5(const std::string& path);

}  // namespace tscaffe
