// Which layer Caffe is at work on, for this thread: a failing CHECK does not say.
#pragma once

#include <string>
#include <vector>

namespace tscaffe {

// The layer that was at work; without a name where none was.
struct LayerPlace {
  std::string name;
  int index = -1;          // its place in the net; -1 while that is being built, and outside of nets
  const char* doing = "";  // "setup", "reshape", "forward" or "backward"; empty where it was doing nothing yet
  bool announced = false;  // by Caffe's log alone: it is not being made yet
};

// A net's layer is about to be made: announced by Caffe's log, or being made.
void EnterSetup(std::string layer, bool announced = false);

// A layer outside of any net is about to do something.
void EnterLayer(std::string layer, const char* doing);

// A layer of a finished net is about to run. Called before every layer, so it only keeps pointers; `names` outlives the
// run.
void EnterLayer(const std::vector<std::string>& names, int index, const char* doing);

// The layer is done: what fails now is not its doing.
void LeaveLayer();

LayerPlace CurrentPlace();

// The same of a finished net's layer, as pointers; `names` is null where none runs. The names tell which net it is.
struct RunningPlace {
  const std::vector<std::string>* names;
  int index;
  const char* doing;
};
RunningPlace RunningLayer();

// Puts back on leaving what was there: a net may be built or run inside a layer of another.
class PlaceScope {
 public:
  PlaceScope();
  ~PlaceScope();
  PlaceScope(const PlaceScope&) = delete;
  PlaceScope& operator=(const PlaceScope&) = delete;

 private:
  std::string lone_;
  const std::vector<std::string>* names_;
  int index_;
  const char* doing_;
};

}  // namespace tscaffe
