#include "image/resize.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "image/pixel_loop.h"

namespace tscaffe {

namespace {

// With borders of `border` zeros before each block of `block` values, and after the last.
template <class Float>
std::vector<Float> Padded(const Float* data, int64_t count, int64_t block, int64_t border) {
  std::vector<Float> padded(count + (count / block + 1) * border);
  auto to = padded.begin() + border;
  for (int64_t start = 0; start < count; start += block, to += block + border) {
    std::copy_n(data + start, block, to);
  }
  return padded;
}

// As many sums of 64 bits as stay in the fastest cache.
constexpr int64_t kSums = 512;

// `values` has `margin` lines of `step` values before and after those that are smoothed.
template <class Float>
TSCAFFE_PIXEL_LOOP void BlurSome(const Float* values, int64_t count, int64_t step, const Bell& bell, Float* result) {
  std::array<double, kSums> sums;
  for (int64_t i = 0; i < count; ++i) sums[i] = static_cast<double>(values[i]) * bell.weights[0];
  for (int64_t x = bell.count - 1; x > 0; --x) {
    const Float *before = values - x * step, *after = values + x * step;
    const double weight = bell.weights[x];
    for (int64_t i = 0; i < count; ++i) {
      sums[i] += (static_cast<double>(before[i]) + static_cast<double>(after[i])) * weight;
    }
  }
  for (int64_t i = 0; i < count; ++i) result[i] = static_cast<Float>(sums[i]);
}

// Smooths in place along an axis of `length` entries that are `step` values apart. Values outside the image are 0.
template <class Float>
void BlurAxis(std::vector<Float>* data, int64_t length, int64_t step, const Bell& bell) {
  const int64_t count = static_cast<int64_t>(data->size()), block = length * step;
  const int64_t border = (bell.count - 1) * step;
  if (border == 0) return;
  const std::vector<Float> padded = Padded(data->data(), count, block, border);
  const Float* from = padded.data() + border;
  for (int64_t start = 0; start < count; start += block, from += block + border) {
    for (int64_t i = 0; i < block; i += kSums) {
      BlurSome(from + i, std::min(kSums, block - i), step, bell, data->data() + start + i);
    }
  }
}

// One row of the result, between two rows of the image that have a pixel of zeros at both ends.
template <class Float>
TSCAFFE_PIXEL_LOOP void InterpolateRow(const Float* above, const Float* below, double part, const Positions& columns,
                                       int64_t channels, Float* result) {
  for (int64_t column = 0; column < columns.count; ++column) {
    const int64_t left = (columns.at[column] + int64_t{1}) * channels;
    const int64_t right = (columns.next[column] + int64_t{1}) * channels;
    const double second = columns.part[column], first = 1 - second;
    for (int64_t channel = 0; channel < channels; ++channel) {
      const double up = first * above[left + channel] + second * above[right + channel];
      const double down = first * below[left + channel] + second * below[right + channel];
      *result++ = static_cast<Float>((1 - part) * up + part * down);
    }
  }
}

template <class Float>
TSCAFFE_PIXEL_LOOP std::pair<Float, Float> Range(const Float* data, int64_t count) {
  Float least = std::numeric_limits<Float>::infinity(), most = -least;
  for (int64_t i = 0; i < count; ++i) {
    least = data[i] < least ? data[i] : least;
    most = data[i] > most ? data[i] : most;
  }
  return {least, most};
}

template <class Float>
TSCAFFE_PIXEL_LOOP void ToUnit(const Float* image, int64_t count, Float least, Float span, Float* unit) {
  for (int64_t i = 0; i < count; ++i) unit[i] = (image[i] - least) / span;
}

template <class Float>
TSCAFFE_PIXEL_LOOP void FromUnit(int64_t count, Float least, Float span, Float* data) {
  for (int64_t i = 0; i < count; ++i) data[i] = data[i] * span + least;
}

// A 0 that comes from outside the image is kept, even if the image has no 0.
template <class Float>
void Clip(const std::pair<Float, Float>& range, int64_t count, Float* data) {
  const auto [least, most] = range;
  const bool keeps_zero = least > 0 || most < 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!(keeps_zero && data[i] == 0)) data[i] = data[i] < least ? least : data[i] > most ? most : data[i];
  }
}

}  // namespace

template <class Float>
void Interpolate(const Float* image, const ImageSize& size, const Positions& rows, const Positions& columns,
                 Float* result) {
  const int64_t row = size.width * size.channels, stride = row + size.channels;
  const std::vector<Float> padded = Padded(image, size.Count(), row, size.channels);
  const std::vector<Float> outside(stride + size.channels);
  const auto row_at = [&](int64_t index) {
    return index < 0 || index >= size.height ? outside.data() : padded.data() + index * stride;
  };
  for (int64_t i = 0; i < rows.count; ++i, result += columns.count * size.channels) {
    InterpolateRow(row_at(rows.at[i]), row_at(rows.next[i]), rows.part[i], columns, size.channels, result);
  }
}

template <class Float>
void Resize(const Float* image, const ImageSize& size, const Bell& vertical, const Bell& horizontal,
            const Positions& rows, const Positions& columns, bool clipped, Float* result) {
  const int64_t count = size.Count(), made = rows.count * columns.count * size.channels;
  const auto [least, most] = Range(image, count);
  if (!(most > least)) {
    std::fill_n(result, made, least);
    return;
  }
  const Float span = most - least;
  std::vector<Float> unit(count);
  ToUnit(image, count, least, span, unit.data());
  BlurAxis(&unit, size.height, size.width * size.channels, vertical);
  BlurAxis(&unit, size.width, size.channels, horizontal);
  Interpolate(unit.data(), size, rows, columns, result);
  if (clipped) Clip(Range(unit.data(), count), made, result);
  FromUnit(made, least, span, result);
}

template void Interpolate(const float*, const ImageSize&, const Positions&, const Positions&, float*);
template void Interpolate(const double*, const ImageSize&, const Positions&, const Positions&, double*);
template void Resize(const float*, const ImageSize&, const Bell&, const Bell&, const Positions&, const Positions&, bool,
                     float*);
template void Resize(const double*, const ImageSize&, const Bell&, const Bell&, const Positions&, const Positions&,
                     bool, double*);

}  // namespace tscaffe
