#include "onednn/max_pooling.h"

#include <algorithm>
#include <cfloat>
#include <cstring>

namespace tscaffe {

namespace {

// Four channels at a time: what every processor of these has.
constexpr int kLanes = 4;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int __attribute__((vector_size(kLanes * sizeof(int))));

template <class Vector, class Value>
Vector Load(const Value* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class Vector, class Value>
void Store(Value* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// Where a window begins and ends along one axis, within the image.
struct Span {
  int begin, end;
};
Span SpanOf(int place, int stride, int pad, int kernel, int size) {
  const int begin = place * stride - pad;
  return {std::max(begin, 0), std::min(begin + kernel, size)};
}

void PoolWindow(const PoolingSizes& s, Span rows, Span columns, const float* plane, float* to, int* places) {
  for (int lane = 0; lane < s.block; lane += kLanes) {
    Floats most = Floats{} - FLT_MAX;
    Ints place = Ints{} - 1;
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int column = columns.begin; column < columns.end; ++column) {
        const int here = row * s.width + column;
        const auto values = Load<Floats>(plane + static_cast<size_t>(here) * s.block + lane);
        const Ints more = values > most;
        most = more ? values : most;
        place = more ? Ints{} + here : place;
      }
    }
    Store(to + lane, most);
    if (places != nullptr) Store(places + lane, place);
  }
}

}  // namespace

void PoolMaxima(const PoolingSizes& s, const float* from, float* to, int* places) {
  for (int plane = 0; plane < s.planes; ++plane) {
    for (int row = 0; row < s.pooled_height; ++row) {
      const Span rows = SpanOf(row, s.stride_h, s.pad_h, s.kernel_h, s.height);
      for (int column = 0; column < s.pooled_width; ++column) {
        const Span columns = SpanOf(column, s.stride_w, s.pad_w, s.kernel_w, s.width);
        PoolWindow(s, rows, columns, from, to, places);
        to += s.block;
        if (places != nullptr) places += s.block;
      }
    }
    from += static_cast<size_t>(s.height) * s.width * s.block;
  }
}

void UnpoolMaxima(const PoolingSizes& s, const float* diffs, const int* places, float* to) {
  const size_t image = static_cast<size_t>(s.height) * s.width * s.block;
  const int windows = s.pooled_height * s.pooled_width;
  std::fill_n(to, image * s.planes, 0.0F);
  for (int plane = 0; plane < s.planes; ++plane, to += image) {
    for (int window = 0; window < windows; ++window, diffs += s.block, places += s.block) {
      for (int lane = 0; lane < s.block; ++lane) {
        if (places[lane] >= 0) to[static_cast<size_t>(places[lane]) * s.block + lane] += diffs[lane];
      }
    }
  }
}

}  // namespace tscaffe
