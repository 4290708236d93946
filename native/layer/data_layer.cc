#include "layer/data_layer.h"

#include <mutex>
#include <shared_mutex>

#include "caffe_headers.h"
#include "guard/copies.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;
using LayerPointer = boost::shared_ptr<caffe::Layer<float>>;

Registry::Creator create = nullptr;

// The cursor is a protected member; see solver/solver_access.h.
struct Access : caffe::DataLayer<float> {
  static caffe::db::Cursor& Cursor(caffe::DataLayer<float>& layer) { return *(layer.*(&Access::cursor_)); }
};

LayerPointer CreateChecked(const caffe::LayerParameter& parameter) {
  LayerPointer layer = create(parameter);
  auto* data = dynamic_cast<caffe::DataLayer<float>*>(layer.get());
  if (data != nullptr && !Access::Cursor(*data).valid()) {
    throw CodedError("ERR_CAFFE_FILE", "the database " + parameter.data_param().source() + " is empty", CurrentPlace());
  }
  return layer;
}

}  // namespace

void CheckDatabases() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::unique_lock<std::shared_mutex> lock(RegistryMutex());
    auto& creators = Registry::Registry();
    auto data = creators.find("Data");
    if (data == creators.end()) return;
    create = data->second;
    data->second = &CreateChecked;
  });
}

}  // namespace tscaffe
