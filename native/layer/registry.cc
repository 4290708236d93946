#include "layer/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "environment.h"
#include "guard/copies.h"
#include "guard/place.h"
#include "layer/js_layer.h"

namespace tscaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;
using LayerPointer = boost::shared_ptr<caffe::Layer<float>>;

thread_local bool reading = false;

// What made the layers of each type before NoteCreations.
std::map<std::string, Registry::Creator> noted;

// The types that this copy of the addon has taken, with what made their layers before: another copy, which still makes
// its own nets', or for "Python" the library. Null where there was none.
std::map<std::string, Registry::Creator> taken;

LayerPointer CreateNoted(const caffe::LayerParameter& parameter) {
  if (IsInnermostCopy()) EnterSetup(parameter.name());
  return noted.at(parameter.type())(parameter);
}

LayerPointer CreateLayer(const caffe::LayerParameter& parameter) {
  if (IsInnermostCopy()) EnterSetup(parameter.name());
  auto* environment = Environment::Current();
  if (environment != nullptr && IsInnermostCopy()) return LayerPointer(new JsLayer(parameter, *environment));
  const auto earlier = taken.find(parameter.type());
  if (earlier == taken.end() || earlier->second == nullptr) {
    throw CodedError("ERR_CAFFE_LAYER", "layer type " + parameter.type() + " belongs to another copy of tscaffe");
  }
  return earlier->second(parameter);
}

// With the registry's lock. Once is enough: a copy that takes the type later hands on to us.
void Take(const std::string& type) {
  if (taken.count(type) > 0) return;
  auto& creator = Registry::Registry()[type];
  taken.emplace(type, creator);
  creator = &CreateLayer;
}

std::vector<std::string> ListTypes() {
  std::vector<std::string> types;
  for (auto& type : Registry::LayerTypeList()) {
    if (!IsTypeOfAnotherCopy(type)) types.push_back(type);
  }
  // This addon makes its layers, also where libcaffe was built without that type.
  const auto place = std::lower_bound(types.begin(), types.end(), "Python");
  if (place == types.end() || *place != "Python") types.insert(place, "Python");
  return types;
}

}  // namespace

void TakeOverPython() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::unique_lock<std::shared_mutex> lock(RegistryMutex());
    StockTypes();
    Take("Python");
  });
}

void NoteCreations() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::unique_lock<std::shared_mutex> lock(RegistryMutex());
    for (auto& [type, creator] : Registry::Registry()) {
      noted.emplace(type, creator);
      creator = &CreateNoted;
    }
  });
}

bool RegisterType(const std::string& type) {
  auto& stock = StockTypes();
  if (std::find(stock.begin(), stock.end(), type) != stock.end() || type == "Python") return false;
  std::unique_lock<std::shared_mutex> lock(RegistryMutex());
  Take(type);
  return true;
}

bool IsRegisteredType(const std::string& type) { return type != "Python" && taken.count(type) > 0; }

const std::vector<std::string>& StockTypes() {
  static const std::vector<std::string> types = ListTypes();
  return types;
}

RegistryReading::RegistryReading() : outer_(reading) {
  if (!outer_) RegistryMutex().lock_shared();
  reading = true;
}

RegistryReading::~RegistryReading() {
  reading = outer_;
  if (!outer_) RegistryMutex().unlock_shared();
}

RegistryPause::RegistryPause() : was_reading_(reading) {
  reading = false;
  if (was_reading_) RegistryMutex().unlock_shared();
}

RegistryPause::~RegistryPause() {
  if (was_reading_) RegistryMutex().lock_shared();
  reading = was_reading_;
}

}  // namespace tscaffe
