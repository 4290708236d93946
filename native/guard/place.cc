#include "guard/place.h"

#include <utility>

namespace tscaffe {

namespace {

// In one structure, since each look for a thread's own variable is a call: they were a tenth of a small net's forward.
struct Here {
  std::string lone;                                 // the layer being made, or outside of nets
  const std::vector<std::string>* names = nullptr;  // of the net that runs
  int index = -1;
  const char* doing = "";
  bool announced = false;  // whether `lone` was, and is not being made yet
};
thread_local Here thread_here;

}  // namespace

void EnterSetup(std::string layer, bool by_log) {
  EnterLayer(std::move(layer), "setup");
  thread_here.announced = by_log;
}

void EnterLayer(std::string layer, const char* what) {
  Here& here = thread_here;
  here.lone = std::move(layer);
  here.names = nullptr;
  here.doing = what;
  here.announced = false;
}

void EnterLayer(const std::vector<std::string>& layer_names, int layer, const char* what) {
  Here& here = thread_here;
  here.names = &layer_names;
  here.index = layer;
  here.doing = what;
}

void LeaveLayer() {
  Here& here = thread_here;
  here.lone.clear();
  here.names = nullptr;
}

LayerPlace CurrentPlace() {
  const Here& here = thread_here;
  if (here.names != nullptr) return {(*here.names)[here.index], here.index, here.doing};
  if (!here.lone.empty()) return {here.lone, -1, here.doing, here.announced};
  return {};
}

RunningPlace RunningLayer() { return {thread_here.names, thread_here.index, thread_here.doing}; }

PlaceScope::PlaceScope() {
  Here& here = thread_here;
  lone_.swap(here.lone);
  names_ = here.names;
  index_ = here.index;
  doing_ = here.doing;
  here.names = nullptr;
}

PlaceScope::~PlaceScope() {
  Here& here = thread_here;
  here.lone.swap(lone_);
  here.names = names_;
  here.index = index_;
  here.doing = doing_;
}

}  // namespace tscaffe
