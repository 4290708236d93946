#include "guard/failure.h"

#include <cmath>
#include <cstdio>
#include <utility>

namespace tscaffe {

CheckFailure::CheckFailure(const std::string& check, const std::string& file, int line, const LayerPlace& at_work)
    : CheckFailure(check, file, line, at_work, Diagnose(file, check)) {}

CheckFailure::CheckFailure(std::string check, std::string file, int line, const LayerPlace& at_work,
                           const Diagnosis& diagnosis)
    : CodedError(diagnosis.code, diagnosis.message, diagnosis.PlaceOf(at_work)),
      check(std::move(check)),
      file(std::move(file)),
      line(line),
      blame(diagnosis.blame),
      unknown_type(diagnosis.unknown_type) {}

CheckFailure::CheckFailure(const CheckFailure& failure, const std::string& of)
    : CodedError(failure.code, of + ": " + failure.what(), failure.place),
      check(failure.check),
      file(failure.file),
      line(failure.line),
      blame(failure.blame),
      unknown_type(failure.unknown_type) {}

std::string TextOf(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace tscaffe
