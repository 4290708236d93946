// What went wrong inside Caffe, and where, before it becomes a JavaScript error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tscaffe {

// The layer that was at work; without a name where none was.
struct LayerPlace {
  std::string name;
  int index = -1;          // its place in the net; -1 while that is being built, and outside of nets
  const char* doing = "";  // "setup", "reshape", "forward" or "backward"
};

// A failing CHECK (or LOG(FATAL)) of Caffe or of a library under it.
class CheckFailure : public std::runtime_error {
 public:
  CheckFailure(const std::string& text, std::string file, int line, LayerPlace place)
      : std::runtime_error(text), file(std::move(file)), line(line), place(std::move(place)) {}
  const std::string file;  // the C++ source that failed
  const int line;
  const LayerPlace place;
};

#ifdef CPU_ONLY
#define TSCAFFE_LACKS "CUDA (CPU_ONLY)"
#else
#define TSCAFFE_LACKS "cuDNN"
#endif
inline constexpr char kNoGpu[] = "this libcaffe was built without " TSCAFFE_LACKS
                                 "; build tscaffe against one with it: CAFFE_ROOT=<prefix> npm run build";

// A mistake that the addon itself found, with the code of the CaffeError that it becomes.
class CodedError : public std::runtime_error {
 public:
  CodedError(const char* code, const std::string& text, LayerPlace place = {})
      : std::runtime_error(text), code(code), place(std::move(place)) {}
  const char* const code;
  const LayerPlace place;
};

// A value in a blob that must not be there.
struct ValuePlace {
  std::string blob;   // its name; empty for a learnable blob
  int param = -1;     // the place of a learnable blob among its layer's
  bool diff = false;  // whether in its diff, else in its data
  int element = 0;
};

class ValueError : public CodedError {
 public:
  ValueError(const char* code, const std::string& text, LayerPlace place, ValuePlace value)
      : CodedError(code, text, std::move(place)), value(std::move(value)) {}
  const ValuePlace value;
};

// As JavaScript would print it.
std::string TextOf(float value);

}  // namespace tscaffe
