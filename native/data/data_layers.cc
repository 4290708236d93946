#include "data/data_layers.h"

#include <string>

#include "caffe/headers.h"
#include "data/checked_cursor.h"
#include "data/hdf5_layer.h"
#include "data/window_file.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

// The cursor is a protected member; see solver/solver_access.h.
struct Access : caffe::DataLayer<float> {
  static boost::shared_ptr<caffe::db::Cursor>& Cursor(caffe::DataLayer<float>& layer) {
    return layer.*(&Access::cursor_);
  }
};

// Of every layer with a thread that reads batches, whatever its type. Of none the layer reads the first all the same;
// of four thousand million it makes one after another until the memory is full.
void RequirePrefetch(const caffe::LayerParameter& parameter) {
  constexpr uint32_t kMost = 1000;
  const uint32_t prefetch = parameter.data_param().prefetch();
  if (prefetch >= 1 && prefetch <= kMost) return;
  throw CodedError("ERR_CAFFE_LAYER", "data_param.prefetch must be from 1 to 1000, but is " + std::to_string(prefetch),
                   CurrentPlace());
}

LayerPointer CreateData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  LayerPointer layer = next(parameter);
  auto* data = dynamic_cast<caffe::DataLayer<float>*>(layer.get());
  if (data == nullptr) return layer;
  auto& cursor = Access::Cursor(*data);
  if (!cursor->valid()) {
    throw CodedError("ERR_CAFFE_FILE", "the database " + parameter.data_param().source() + " is empty", CurrentPlace());
  }
  cursor = boost::make_shared<CheckedCursor>(cursor);
  return layer;
}

LayerPointer CreateImageData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  return next(parameter);
}

LayerPointer CreateWindowData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  const float fraction = parameter.window_data_param().fg_fraction();
  if (!(fraction >= 0 && fraction <= 1)) {
    throw CodedError("ERR_CAFFE_LAYER", "fg_fraction must be from 0 to 1, but is " + std::to_string(fraction),
                     CurrentPlace());
  }
  const uint64_t pad = parameter.window_data_param().context_pad();
  const uint64_t crop = parameter.transform_param().crop_size();
  if (pad > 0 && crop <= 2 * pad) {  // nothing is left for the window, and Caffe divides by that
    throw CodedError("ERR_CAFFE_LAYER",
                     "context_pad must be less than half of crop_size, but is " + std::to_string(pad) + " of " +
                         std::to_string(crop),
                     CurrentPlace());
  }
  RequireWindowFile(parameter.window_data_param());
  return next(parameter);
}

LayerPointer CreateHdf5(const caffe::LayerParameter& parameter, const NextLink& next) {
  return LockedHdf5Layer(parameter, next(parameter));
}

}  // namespace

void GuardDataLayers() {
  Decorate("Data", Link::GUARD, &CreateData);
  Decorate("ImageData", Link::GUARD, &CreateImageData);
  Decorate("WindowData", Link::GUARD, &CreateWindowData);
  Decorate("HDF5Data", Link::GUARD, &CreateHdf5);
  Decorate("HDF5Output", Link::GUARD, &CreateHdf5);
}

}  // namespace tscaffe
