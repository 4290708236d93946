// What Caffe's texts mean. Caffe tells its failures, and which layer it is about, in words alone: this is the one place
// that knows them. A libcaffe that words them in another way gets ERR_CAFFE_CHECK, and its text unchanged.
#pragma once

#include <optional>
#include <string>

#include "guard/place.h"

namespace tscaffe {

// Whose mistake a failure is.
enum class Blame {
  LAYER,   // of the layer that was at work, if there was one
  NET,     // of no layer alone: how they fit together, or the weights
  SOLVER,  // of what the solver's own file says
};

struct Diagnosis {
  const char* code = "ERR_CAFFE_CHECK";
  std::string message;  // the text, with what to do where it does not say that itself
  Blame blame = Blame::LAYER;
  std::string layer;         // that the text itself names; empty if it names none
  std::string unknown_type;  // of a layer whose type there is not; empty otherwise

  // Which layer failed, if `at_work` was at work.
  LayerPlace PlaceOf(const LayerPlace& at_work) const;
};

// `file`: the C++ source of the failing CHECK, empty where it is not known. `text`: its message.
Diagnosis Diagnose(const std::string& file, const std::string& text);

// For the end of an error about a path that is not there: a relative one is looked for in the working folder, which is
// often not the prototxt's. Empty for an absolute one.
std::string LookedForIn(const std::string& path);

// What an exception of a library under Caffe says, where it is as good as a failing CHECK.
bool IsFailureOfOpenCv(const std::string& text);

// Whether the CHECK is one of CUDA, cuBLAS or cuRAND.
bool IsFailureOfCuda(const std::string& text);

// Whether the CHECK stands where Caffe reads and writes files.
bool IsFailureOfFile(const std::string& file);

// A line of Caffe's log that says which layer it is about to make: the layer's name.
std::optional<std::string> AnnouncedLayer(const std::string& text);

// A line of Caffe's log that says that the net is whole.
bool AnnouncesWholeNet(const std::string& text);

}  // namespace tscaffe
