#include "image/input_layout.h"

#include <algorithm>
#include <array>

#include "image/pixel_loop.h"

namespace tscaffe {

namespace {

// As many values as stay in the fastest cache between gathering them and computing with them.
constexpr int64_t kSome = 1024;

// Means have 64 bits, and numpy rounds what it subtracts from 32 bits to 32 bits.
struct Each {
  const double* means;
  double operator[](int64_t i) const { return means[i]; }
  Each From(int64_t first) const { return {means + first}; }
};
// Of 32 bits where that keeps the mean: the rounded difference is the same, and no value is converted.
template <class Float>
struct Same {
  Float mean;
  Float operator[](int64_t) const { return mean; }
  Same From(int64_t) const { return *this; }
};

template <class Means>
TSCAFFE_PIXEL_LOOP void Compute(int64_t count, float raw_scale, Means means, float input_scale, float* data) {
  for (int64_t i = 0; i < count; ++i) {
    const float scaled = data[i] * raw_scale;
    data[i] = static_cast<float>(scaled - means[i]) * input_scale;
  }
}

template <class Means>
TSCAFFE_PIXEL_LOOP void Undo(int64_t count, float raw_scale, Means means, float input_scale, float* data) {
  for (int64_t i = 0; i < count; ++i) {
    const float divided = data[i] / input_scale;
    data[i] = static_cast<float>(divided + means[i]) / raw_scale;
  }
}

template <class Means>
void GatherAndCompute(const float* image, const Channel& channel, Means means, float* input) {
  for (int64_t first = 0; first < channel.count; first += kSome) {
    const int64_t some = std::min(kSome, channel.count - first);
    for (int64_t i = first; i < first + some; ++i) input[i] = image[channel.pixels[i]];
    Compute(some, channel.raw_scale, means.From(first), channel.input_scale, input + first);
  }
}

template <class Means>
void UndoAndScatter(const float* input, const Channel& channel, Means means, float* image) {
  std::array<float, kSome> undone;
  for (int64_t first = 0; first < channel.count; first += kSome) {
    const int64_t some = std::min(kSome, channel.count - first);
    std::copy_n(input + first, some, undone.data());
    Undo(some, channel.raw_scale, means.From(first), channel.input_scale, undone.data());
    for (int64_t i = 0; i < some; ++i) image[channel.pixels[first + i]] = undone[i];
  }
}

}  // namespace

void ToInput(const float* image, const Channel& channel, float* input) {
  if (channel.mean_for_each) {
    GatherAndCompute(image, channel, Each{channel.means}, input);
  } else if (const auto mean = static_cast<float>(*channel.means); mean == *channel.means) {
    GatherAndCompute(image, channel, Same<float>{mean}, input);
  } else {
    GatherAndCompute(image, channel, Same<double>{*channel.means}, input);
  }
}

void ToImage(const float* input, const Channel& channel, float* image) {
  if (channel.mean_for_each) {
    UndoAndScatter(input, channel, Each{channel.means}, image);
  } else {
    UndoAndScatter(input, channel, Same<double>{*channel.means}, image);
  }
}

}  // namespace tscaffe
