#include "layer/registry.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "environment/environment.h"
#include "guard/addons.h"
#include "guard/failure.h"
#include "layer/in_place.h"
#include "layer/js_layer.h"
#include "proto/parameter_check.h"
#include "thread/job_runner.h"
#include "thread/process_exit.h"

namespace tscaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;

thread_local bool reading = false;

// How layers of a type are made: by the links that there are, then by what made them before (null if nothing did).
struct Chain {
  std::array<LinkBody, static_cast<size_t>(Link::LINKS)> links{};
  Registry::Creator before = nullptr;

  LayerPointer Create(const caffe::LayerParameter& parameter, size_t link) const {
    while (link < links.size() && links[link] == nullptr) ++link;
    if (link < links.size()) {
      return links[link](parameter, [this, link](const caffe::LayerParameter& same) { return Create(same, link + 1); });
    }
    if (before != nullptr) return before(parameter);
    throw CodedError("ERR_CAFFE_LAYER", "layer type " + parameter.type() + " belongs to another copy of tscaffe");
  }
};

// Of each type; with the registry's lock.
std::map<std::string, Chain>& Chains() {
  static std::map<std::string, Chain> chains;
  return chains;
}

// What stands in the registry for every type.
LayerPointer CreateByChain(const caffe::LayerParameter& parameter) {
  return Chains().at(parameter.type()).Create(parameter, 0);
}

// With the registry's lock. Once is enough: another addon that takes the type later hands on to us.
Chain& ChainOf(const std::string& type) {
  auto& creator = Registry::Registry()[type];
  const auto [found, is_new] = Chains().try_emplace(type);
  if (is_new) {
    found->second.before = creator;
    creator = &CreateByChain;
  }
  return found->second;
}

// Caffe's log says it too, but not where the solver's rank is not 0. What is wrong with its blobs' names is said here.
// A net that Caffe's thread builds is given up where the environment ends.
LayerPointer Note(const caffe::LayerParameter& parameter, const NextLink& next) {
  if (auto* runner = JobRunner::Current()) runner->RequireOpen();
  if (IsInnermostAddon()) {
    EnterSetup(parameter.name());
    RequireTopsOfItsOwn(parameter);
    RequireUsable(parameter);
  }
  LayerPointer layer = next(parameter);
  EndBeforeProcess(layer);
  return layer;
}

// Another addon goes on making the layers of its own nets.
LayerPointer CreateJsLayer(const caffe::LayerParameter& parameter, const NextLink& next) {
  auto* environment = Environment::Current();
  if (environment == nullptr || !IsInnermostAddon()) return next(parameter);
  return LayerPointer(new JsLayer(parameter, *environment));
}

// With the registry's lock.
void AddLink(const std::string& type, Link link, LinkBody create) {
  ChainOf(type).links.at(static_cast<size_t>(link)) = create;
}

std::vector<std::string> ListTypes() {
  std::vector<std::string> types;
  for (auto& type : Registry::LayerTypeList()) {
    if (!IsTypeOfAnotherAddon(type)) types.push_back(type);
  }
  // This addon makes its layers, also where libcaffe was built without that type.
  const auto place = std::lower_bound(types.begin(), types.end(), "Python");
  if (place == types.end() || *place != "Python") types.insert(place, "Python");
  return types;
}

}  // namespace

void Decorate(const std::string& type, Link link, LinkBody create) {
  std::unique_lock<std::shared_mutex> lock(RegistryMutex());
  if (Registry::Registry().count(type) > 0) AddLink(type, link, create);
}

void TakeOverRegistry() {
  std::unique_lock<std::shared_mutex> lock(RegistryMutex());
  StockTypes();
  AddLink("Python", Link::TYPESCRIPT, &CreateJsLayer);
  for (auto& type : Registry::LayerTypeList()) AddLink(type, Link::NOTE, &Note);
}

bool RegisterType(const std::string& type) {
  auto& stock = StockTypes();
  if (std::find(stock.begin(), stock.end(), type) != stock.end() || type == "Python") return false;
  std::unique_lock<std::shared_mutex> lock(RegistryMutex());
  ShowRegisteredType(type);
  AddLink(type, Link::NOTE, &Note);
  AddLink(type, Link::TYPESCRIPT, &CreateJsLayer);
  return true;
}

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
