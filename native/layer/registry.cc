#include "layer/registry.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "environment.h"
#include "layer/js_layer.h"

namespace tscaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;
using LayerPointer = boost::shared_ptr<caffe::Layer<float>>;

std::shared_mutex mutex;
thread_local bool reading = false;

// What made "Python" layers before us: the library's own, or another copy of this addon. It serves threads that are not
// ours.
Registry::Creator earlier_python = nullptr;

LayerPointer CreateLayer(const caffe::LayerParameter& parameter) {
  auto* environment = Environment::Current();
  if (environment == nullptr) {
    if (parameter.type() == "Python" && earlier_python != nullptr) return earlier_python(parameter);
    throw CodedError("ERR_CAFFE_LAYER", "layer type " + parameter.type() + " belongs to another copy of tscaffe");
  }
  return LayerPointer(new JsLayer(parameter, *environment));
}

std::vector<std::string> ListTypes() { return Registry::LayerTypeList(); }

}  // namespace

void TakeOverPython() {
  static std::once_flag once;
  std::call_once(once, [] {
    StockTypes();
    std::unique_lock<std::shared_mutex> lock(mutex);
    auto& python = Registry::Registry()["Python"];
    earlier_python = python;
    python = &CreateLayer;
  });
}

bool RegisterType(const std::string& type) {
  auto& stock = StockTypes();
  if (std::find(stock.begin(), stock.end(), type) != stock.end() || type == "Python") return false;
  std::unique_lock<std::shared_mutex> lock(mutex);
  Registry::Registry()[type] = &CreateLayer;
  return true;
}

const std::vector<std::string>& StockTypes() {
  static const std::vector<std::string> types = ListTypes();
  return types;
}

RegistryReading::RegistryReading() : outer_(reading) {
  if (!outer_) mutex.lock_shared();
  reading = true;
}

RegistryReading::~RegistryReading() {
  reading = outer_;
  if (!outer_) mutex.unlock_shared();
}

RegistryPause::RegistryPause() : was_reading_(reading) {
  reading = false;
  if (was_reading_) mutex.unlock_shared();
}

RegistryPause::~RegistryPause() {
  if (was_reading_) mutex.lock_shared();
  reading = was_reading_;
}

}  // namespace tscaffe
