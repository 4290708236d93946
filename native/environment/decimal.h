// Floats that somebody wrote as decimals.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace tscaffe {

// The shortest decimal that is this float: a base_lr of 0.0001 is Caffe's float 0.00009999999747378752, which is what
// JavaScript showed of it. What is computed from the number is the same: it rounds to the same float.
inline Napi::Number DecimalTo(Napi::Env env, float value) {
  if (!std::isfinite(value)) return Napi::Number::New(env, value);
  constexpr int kFewest = 6, kMost = 9;  // digits that any float keeps, and that tell any float
  char text[32];
  for (int digits = kFewest; digits <= kMost; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtof(text, nullptr) == value) break;
  }
  return Napi::Number::New(env, std::strtod(text, nullptr));
}

}  // namespace tscaffe
