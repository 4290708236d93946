// One channel of a net's input out of an image, and back: see src/io/input-layout.ts.
#pragma once

#include <cstdint>

namespace tscaffe {

// Where the elements of the channel lie in the image, and the arithmetic. One mean for all, or one for each.
struct Channel {
  const int32_t* pixels;
  int64_t count;
  float raw_scale, input_scale;
  const double* means;
  bool mean_for_each;
};

void ToInput(const float* image, const Channel& channel, float* input);
void ToImage(const float* input, const Channel& channel, float* image);

}  // namespace tscaffe
