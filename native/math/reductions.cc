// Sums, greatest and least values, along an axis. As in numpy, a NaN is greater and less than all else, and the first
// of equal ones counts.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "math/host.h"

#pragma GCC optimize("O3")  // vector instructions

namespace tscaffe {

namespace {

constexpr int kLanes = 16;   // side by side in vector registers
constexpr int kChunk = 256;  // of the inner axis, so that what is gathered stays in the cache

// Four numbers in a register. From loops over single ones GCC makes these for sums only.
using Four = float __attribute__((vector_size(16)));
using FourUnaligned = float __attribute__((vector_size(16), aligned(4)));
using FourFlags = int32_t __attribute__((vector_size(16)));
constexpr int kFours = kLanes / 4;

// Of() keeps a NaN that it meets. OfNumbers() is one instruction, and does not.
struct Greater {
  static float Of(float kept, float next) { return (next > kept) | (next != next) ? next : kept; }
  static Four OfNumbers(Four kept, Four next) { return next > kept ? next : kept; }
};
struct Less {
  static float Of(float kept, float next) { return (next < kept) | (next != next) ? next : kept; }
  static Four OfNumbers(Four kept, Four next) { return next < kept ? next : kept; }
};

template <class Better>
float BestOf(int n, const float* x) {
  Four kept[kFours];
  FourFlags nan[kFours] = {};
  for (auto& four : kept) four = Four{x[0], x[0], x[0], x[0]};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int four = 0; four < kFours; ++four) {
      const Four next = *reinterpret_cast<const FourUnaligned*>(x + i + 4 * static_cast<ptrdiff_t>(four));
      kept[four] = Better::OfNumbers(kept[four], next);
      nan[four] |= next != next;
    }
  }
  float best = x[0];
  for (int lane = 0; lane < kLanes; ++lane) {
    if (nan[lane / 4][lane % 4] != 0) return std::numeric_limits<float>::quiet_NaN();
    best = Better::Of(best, kept[lane / 4][lane % 4]);
  }
  for (; i < n; ++i) best = Better::Of(best, x[i]);
  return best;
}

int PlaceOfBest(int n, const float* x) {
  const float best = BestOf<Greater>(n, x);
  for (int i = 0; i < n; ++i) {
    if (x[i] == best || (best != best && x[i] != x[i])) return i;
  }
  return 0;
}

// One row of the middle axis at a time; `row` takes (count, x, y).
template <class Value, class Row, class Columns>
void AlongAxis(HostCall call, const Floats& x, Value* y, Row row, Columns columns) {
  const int outer = call.Integer(0), n = call.Integer(1), inner = call.Integer(2);
  if (inner == 1) {
    for (int o = 0; o < outer; ++o) y[o] = row(n, x.data + static_cast<size_t>(o) * n);
    return;
  }
  for (int o = 0; o < outer; ++o) {
    const float* slab = x.data + static_cast<size_t>(o) * n * inner;
    for (int begin = 0; begin < inner; begin += kChunk) {
      columns(n, inner, std::min(kChunk, inner - begin), slab + begin, y + static_cast<size_t>(o) * inner + begin);
    }
  }
}

// `width` columns beside each other, whose elements lie `step` apart.
void SumColumns(int n, int step, int width, const float* x, float* y) {
  double sums[kChunk] = {};
  for (int j = 0; j < n; ++j, x += step) {
    for (int i = 0; i < width; ++i) sums[i] += x[i];
  }
  for (int i = 0; i < width; ++i) y[i] = static_cast<float>(sums[i]);
}

template <class Better>
void BestColumns(int n, int step, int width, const float* x, float* y) {
  std::copy_n(x, width, y);
  for (int j = 1; j < n; ++j) {
    x += step;
    for (int i = 0; i < width; ++i) y[i] = Better::Of(y[i], x[i]);
  }
}

template <class Index>
void PlacesOfBest(int n, int step, int width, const float* x, Index* y) {
  float best[kChunk];
  int32_t places[kChunk] = {};
  std::copy_n(x, width, best);
  for (int j = 1; j < n; ++j) {
    x += step;
    for (int i = 0; i < width; ++i) {
      const bool better = (x[i] > best[i]) | ((x[i] != x[i]) & (best[i] == best[i]));
      best[i] = better ? x[i] : best[i];
      places[i] = better ? j : places[i];
    }
  }
  for (int i = 0; i < width; ++i) y[i] = static_cast<Index>(places[i]);
}

template <class Better>
napi_value BestAxis(HostCall call) {
  const Floats x = call.Operand(3, "x"), y = call.Result(4, "y");
  RequireApart(call.Env(), x, y);
  AlongAxis(call, x, y.data, &BestOf<Better>, &BestColumns<Better>);
  return nullptr;
}

}  // namespace

// Doubles: floats would lose the small ones beside a large sum.
double SumOf(int n, const float* x) {
  double lanes[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane];
  }
  double sum = 0;
  for (; i < n; ++i) sum += x[i];
  for (double lane : lanes) sum += lane;
  return sum;
}

float GreatestOf(int n, const float* x) { return BestOf<Greater>(n, x); }

napi_value SumAll(HostCall call) {
  const Floats x = call.Operand(0, "x");
  return call.Give(SumOf(x.count, x.data));
}

napi_value SumAxis(HostCall call) {
  const Floats x = call.Operand(3, "x"), y = call.Result(4, "y");
  RequireApart(call.Env(), x, y);
  AlongAxis(
      call, x, y.data, [](int n, const float* row) { return static_cast<float>(SumOf(n, row)); }, &SumColumns);
  return nullptr;
}

napi_value MaxAxis(HostCall call) { return BestAxis<Greater>(call); }

napi_value MinAxis(HostCall call) { return BestAxis<Less>(call); }

napi_value ArgmaxAxis(HostCall call) {
  const Floats x = call.Operand(3, "x"), y = call.Result(4, "y");
  RequireApart(call.Env(), x, y);
  if (call.IsFloats(4)) {
    AlongAxis(call, x, y.data, &PlaceOfBest, &PlacesOfBest<float>);
  } else {
    AlongAxis(call, x, call.IntegersAt(4).data, &PlaceOfBest, &PlacesOfBest<int32_t>);
  }
  return nullptr;
}

}  // namespace tscaffe
