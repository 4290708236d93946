// What went wrong inside Caffe, and where, before it becomes a JavaScript error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "guard/diagnosis.h"
#include "guard/place.h"

namespace tscaffe {

// A mistake that the addon itself found, with the code of the CaffeError that it becomes.
class CodedError : public std::runtime_error {
 public:
  CodedError(const char* code, const std::string& text, LayerPlace place = {})
      : std::runtime_error(text), code(code), place(std::move(place)) {}
  const char* const code;
  const LayerPlace place;
};

// A failing CHECK (or LOG(FATAL)) of Caffe or of a library under it.
class CheckFailure : public CodedError {
 public:
  // `at_work` is the layer that was at work when it failed.
  CheckFailure(const std::string& check, const std::string& file, int line, const LayerPlace& at_work);

  // The same failure, of a file or other thing that Caffe's text does not name.
  CheckFailure(const CheckFailure& failure, const std::string& of);

  const std::string check;  // Caffe's own text
  const std::string file;   // the C++ source that failed
  const int line;
  const Blame blame;
  const std::string unknown_type;  // see Diagnosis

 private:
  CheckFailure(std::string check, std::string file, int line, const LayerPlace& at_work, const Diagnosis& diagnosis);
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
