#include "guard/place.h"

#include <utility>

namespace tscaffe {

namespace {
thread_local std::string lone;                                 // the layer being made, or outside of nets
thread_local const std::vector<std::string>* names = nullptr;  // of the net that runs
thread_local int index = -1;
thread_local const char* doing = "";
thread_local bool announced = false;  // whether `lone` was, and is not being made yet
}  // namespace

void EnterSetup(std::string layer, bool by_log) {
  EnterLayer(std::move(layer), "setup");
  announced = by_log;
}

bool IsAnnounced() { return announced; }

void EnterLayer(std::string layer, const char* what) {
  lone = std::move(layer);
  names = nullptr;
  doing = what;
}

void EnterLayer(const std::vector<std::string>& layer_names, int layer, const char* what) {
  names = &layer_names;
  index = layer;
  doing = what;
}

void LeaveLayer() {
  lone.clear();
  names = nullptr;
}

LayerPlace CurrentPlace() {
  if (names != nullptr) return {(*names)[index], index, doing};
  if (!lone.empty()) return {lone, -1, doing};
  return {};
}

RunningPlace RunningLayer() { return {names, index, doing}; }

PlaceScope::PlaceScope() : lone_(std::move(lone)), names_(names), index_(index), doing_(doing) { LeaveLayer(); }

PlaceScope::~PlaceScope() {
  lone = std::move(lone_);
  names = names_;
  index = index_;
  doing = doing_;
}

}  // namespace tscaffe
