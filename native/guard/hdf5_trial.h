#pragma once

#include <string>

namespace tscaffe {

// Throws ERR_CAFFE_FORMAT for an HDF5 file over which HDF5 itself comes to grief: another process reads it first. Where
// none can be started, nothing is known.
void RequireSoundHdf5(const std::string& path);

}  // namespace tscaffe
