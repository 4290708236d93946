// Resizing with the results of scikit-image and scipy; src/io/resize-image.ts says which, and makes the tables.
#pragma once

#include <cstdint>

namespace tscaffe {

// Of an H x W x K image.
struct ImageSize {
  int64_t height, width, channels;

  int64_t Count() const { return height * width * channels; }
};

// For each row or column of the result: the two of the image between which it lies, and the weight of the second.
struct Positions {
  const int32_t* at;
  const int32_t* next;
  const double* part;
  int64_t count;
};

// The weights of a Gaussian, from its middle outwards; of a single 1, where nothing is smoothed.
struct Bell {
  const double* weights;
  int64_t count;
};

// Between four pixels for each of the result. Those outside the image are 0.
template <class Float>
void Interpolate(const Float* image, const ImageSize& size, const Positions& rows, const Positions& columns,
                 Float* result);

// Scales to [0, 1], smooths, interpolates, clips to the image's range if `clipped`, and scales back.
template <class Float>
void Resize(const Float* image, const ImageSize& size, const Bell& vertical, const Bell& horizontal,
            const Positions& rows, const Positions& columns, bool clipped, Float* result);

}  // namespace tscaffe
