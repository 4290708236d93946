#pragma once

namespace tscaffe {

// Keeps HDF5 from printing its stack of errors to stderr when a file cannot be opened: Caffe checks the result, and the
// failure becomes an error with the path. HDF5 keeps the switch for each thread: call it on each that runs Caffe.
void QuietHdf5();

}  // namespace tscaffe
