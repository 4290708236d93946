// The softmax along an axis: e to the power of each value, as parts of their sum.
#include <algorithm>
#include <cmath>

#include "math/host.h"

#pragma GCC optimize("O3")  // vector instructions

#ifdef __x86_64__
// glibc's libmvec has it for four and more numbers at once, within 4 units of the last bit; its header says so to
// programs with -ffast-math only. One by one, 64 x 1000 numbers take three times as long.
extern "C" __attribute__((simd("notinbranch"), const)) float expf(float);  // NOLINT
#endif

namespace tscaffe {

namespace {

constexpr int kChunk = 256;  // of the inner axis

// Rows that lie together; `n` numbers each. x may be y.
void SoftmaxRow(int n, const float* x, float* y) {
  const float most = GreatestOf(n, x);
  for (int i = 0; i < n; ++i) y[i] = expf(x[i] - most);
  const auto whole = static_cast<float>(SumOf(n, y));
  for (int i = 0; i < n; ++i) y[i] /= whole;
}

// `width` columns beside each other, whose elements lie `step` apart.
void SoftmaxColumns(int n, int step, int width, const float* x, float* y) {
  float most[kChunk];
  float sum[kChunk] = {};
  std::copy_n(x, width, most);
  for (int j = 1; j < n; ++j) {
    const float* row = x + static_cast<size_t>(j) * step;
    for (int i = 0; i < width; ++i) most[i] = row[i] > most[i] ? row[i] : most[i];
  }
  for (int j = 0; j < n; ++j) {
    const float* row = x + static_cast<size_t>(j) * step;
    float* out = y + static_cast<size_t>(j) * step;
    for (int i = 0; i < width; ++i) out[i] = expf(row[i] - most[i]);
    for (int i = 0; i < width; ++i) sum[i] += out[i];
  }
  for (int j = 0; j < n; ++j) {
    float* out = y + static_cast<size_t>(j) * step;
    for (int i = 0; i < width; ++i) out[i] /= sum[i];
  }
}

}  // namespace

napi_value Softmax(HostCall call) {
  const Floats x = call.Operand(3, "x"), y = call.Result(4, "y");
  RequireSameOrApart(call.Env(), x, y);
  const int outer = call.Integer(0), n = call.Integer(1), inner = call.Integer(2);
  for (int o = 0; o < outer; ++o) {
    const size_t slab = static_cast<size_t>(o) * n * inner;
    if (inner == 1) {
      SoftmaxRow(n, x.data + slab, y.data + slab);
      continue;
    }
    for (int begin = 0; begin < inner; begin += kChunk) {
      SoftmaxColumns(n, inner, std::min(kChunk, inner - begin), x.data + slab + begin, y.data + slab + begin);
    }
  }
  return nullptr;
}

}  // namespace tscaffe
