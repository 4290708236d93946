#include "layer/forward_check.h"

#include <string>

#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

ForwardCheck::ForwardCheck(caffe::Layer<float>& layer, const Blobs& top)
    : layer_(layer), labels_(LabelCheck::For(layer)), reads_files_(std::string(layer.type()) == "HDF5Data") {
  if (GrownLoss::MayGrow(layer, top)) grown_loss_.emplace().Note(layer, top);
}

void ForwardCheck::BeginReading() {
  if (reading_) {
    throw CodedError("ERR_CAFFE_FILE",
                     "a file of this layer's list could not be read in an earlier forward, and what would follow is "
                     "not known; the net can only be disposed",
                     CurrentPlace());
  }
  reading_ = true;
}

}  // namespace tscaffe
