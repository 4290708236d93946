#include "guard/failure.h"

#include <cmath>
#include <cstdio>

namespace tscaffe {

std::string TextOf(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace tscaffe
