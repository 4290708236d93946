#pragma once

#include <string>

#include "caffe/headers.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

// An HDF5Data layer moves on before it reads: after a forward that failed at a file that is gone, the next gave old
// values, and the one after that read behind its memory. So each forward after a failed one is an error.
class UnfinishedRead {
 public:
  static bool MayHappen(const caffe::Layer<float>& layer) { return std::string(layer.type()) == "HDF5Data"; }

  // Before and after the layer's forward.
  void Begin() {
    if (reading_) {
      throw CodedError("ERR_CAFFE_FILE",
                       "a file of this layer's list could not be read in an earlier forward, and what would follow is "
                       "not known; the net can only be disposed",
                       CurrentPlace());
    }
    reading_ = true;
  }
  void End() { reading_ = false; }

 private:
  bool reading_ = false;
};

}  // namespace tscaffe
