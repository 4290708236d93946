#pragma once

#include "caffe_headers.h"

namespace tscaffe {

// A layer of Caffe's own that reads or writes HDF5 files, in one that holds the lock of HDF5 while it does, and looks
// whether what was written could be.
boost::shared_ptr<caffe::Layer<float>> LockedHdf5Layer(const caffe::LayerParameter& parameter,
                                                       boost::shared_ptr<caffe::Layer<float>> layer);

}  // namespace tscaffe
