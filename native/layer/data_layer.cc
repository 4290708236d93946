#include "layer/data_layer.h"

#include <mutex>
#include <shared_mutex>
#include <string>

#include "caffe_headers.h"
#include "guard/copies.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/checked_cursor.h"
#include "layer/hdf5_layer.h"
#include "layer/window_file.h"

namespace tscaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;
using LayerPointer = boost::shared_ptr<caffe::Layer<float>>;

Registry::Creator create_data = nullptr, create_image_data = nullptr, create_window_data = nullptr,
                  create_hdf5_data = nullptr, create_hdf5_output = nullptr;

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

LayerPointer CreateData(const caffe::LayerParameter& parameter) {
  RequirePrefetch(parameter);
  LayerPointer layer = create_data(parameter);
  auto* data = dynamic_cast<caffe::DataLayer<float>*>(layer.get());
  if (data == nullptr) return layer;
  auto& cursor = Access::Cursor(*data);
  if (!cursor->valid()) {
    throw CodedError("ERR_CAFFE_FILE", "the database " + parameter.data_param().source() + " is empty", CurrentPlace());
  }
  cursor = boost::make_shared<CheckedCursor>(cursor);
  return layer;
}

LayerPointer CreateImageData(const caffe::LayerParameter& parameter) {
  RequirePrefetch(parameter);
  return create_image_data(parameter);
}

LayerPointer CreateWindowData(const caffe::LayerParameter& parameter) {
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
  return create_window_data(parameter);
}

LayerPointer CreateHdf5Data(const caffe::LayerParameter& parameter) {
  return LockedHdf5Layer(parameter, create_hdf5_data(parameter));
}

LayerPointer CreateHdf5Output(const caffe::LayerParameter& parameter) {
  return LockedHdf5Layer(parameter, create_hdf5_output(parameter));
}

void Replace(const char* type, Registry::Creator creator, Registry::Creator* replaced) {
  auto found = Registry::Registry().find(type);
  if (found == Registry::Registry().end()) return;
  *replaced = found->second;
  found->second = creator;
}

}  // namespace

void CheckDataLayers() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::unique_lock<std::shared_mutex> lock(RegistryMutex());
    Replace("Data", &CreateData, &create_data);
    Replace("ImageData", &CreateImageData, &create_image_data);
    Replace("WindowData", &CreateWindowData, &create_window_data);
    Replace("HDF5Data", &CreateHdf5Data, &create_hdf5_data);
    Replace("HDF5Output", &CreateHdf5Output, &create_hdf5_output);
  });
}

}  // namespace tscaffe
