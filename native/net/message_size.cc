#include "net/message_size.h"

#include <climits>
#include <cstdint>
#include <string>

#include "guard/failure.h"

namespace tscaffe {

void RequireMessageSize(const caffe::Net<float>& net, bool diffs) {
  int64_t bytes = 0;
  for (auto& layer : net.layers()) {
    for (auto& blob : layer->blobs()) bytes += blob->count() * static_cast<int64_t>(sizeof(float)) * (diffs ? 2 : 1);
  }
  if (bytes <= INT_MAX) return;
  throw CodedError("ERR_CAFFE_TOO_LARGE", "the weights take " + std::to_string(bytes) +
                                              " bytes, and a caffemodel ends at 2 GB: save as HDF5 (saveHDF5, "
                                              "snapshot_format: HDF5)");
}

}  // namespace tscaffe
