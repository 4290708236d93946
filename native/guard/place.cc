#include "guard/place.h"

#include <utility>

namespace tscaffe {

namespace {
thread_local std::string setup;                                // the layer being made
thread_local const std::vector<std::string>* names = nullptr;  // of the net that runs
thread_local int index = -1;
thread_local const char* doing = "";
}  // namespace

void EnterSetup(std::string layer) {
  setup = std::move(layer);
  names = nullptr;
  doing = "setup";
}

void EnterLayer(const std::vector<std::string>& layer_names, int layer, const char* what) {
  names = &layer_names;
  index = layer;
  doing = what;
}

LayerPlace CurrentPlace() {
  if (names != nullptr) return {(*names)[index], index, doing};
  if (!setup.empty()) return {setup, -1, doing};
  return {};
}

PlaceScope::PlaceScope() : setup_(std::move(setup)), names_(names), index_(index), doing_(doing) {
  setup.clear();
  names = nullptr;
}

PlaceScope::~PlaceScope() {
  setup = std::move(setup_);
  names = names_;
  index = index_;
  doing = doing_;
}

}  // namespace tscaffe
