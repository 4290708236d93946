// A copy with the axes in another order.
#include <algorithm>
#include <vector>

#include "math/host.h"

#pragma GCC optimize("O3")  // vector instructions

namespace tscaffe {

namespace {

constexpr int kTile = 32;  // of each axis: what is read and what is written stay in the cache

struct Axis {
  int size;
  int from;  // how far a step goes in x
  int to;    // and in y
};

// Channels, few of them, that lie together in x: H·W·K to K·H·W, in half the time of the loop for all. RequireApart has
// said that x and y do not overlap, and so the compiler may take several at a time.
template <int kChannels>
void TakeApart(size_t count, const float* __restrict x, float* __restrict y, size_t plane) {
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < kChannels; ++k) y[k * plane + i] = x[i * kChannels + k];
  }
}

// And the way back.
template <int kChannels>
void PutTogether(size_t count, const float* __restrict x, size_t plane, float* __restrict y) {
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < kChannels; ++k) y[i * kChannels + k] = x[k * plane + i];
  }
}

// False for planes of other forms.
template <int kChannels>
bool CopyChannels(const Axis& rows, const Axis& columns, const float* x, float* y) {
  if (rows.size == kChannels && rows.from == 1 && columns.from == kChannels) {
    TakeApart<kChannels>(columns.size, x, y, rows.to);
  } else if (columns.size == kChannels && rows.from == 1 && rows.to == kChannels) {
    PutTogether<kChannels>(rows.size, x, columns.from, y);
  } else {
    return false;
  }
  return true;
}

// Both axes a tile at a time: x is read along `rows`, y is written along `columns`.
void CopyPlane(const Axis& rows, const Axis& columns, const float* x, float* y) {
  if (columns.from == 1) {
    for (int r = 0; r < rows.size; ++r) {
      std::copy_n(x + static_cast<size_t>(r) * rows.from, columns.size, y + static_cast<size_t>(r) * rows.to);
    }
    return;
  }
  if (CopyChannels<2>(rows, columns, x, y) || CopyChannels<3>(rows, columns, x, y) ||
      CopyChannels<4>(rows, columns, x, y)) {
    return;
  }
  for (int r = 0; r < rows.size; r += kTile) {
    const int height = std::min(kTile, rows.size - r);
    for (int c = 0; c < columns.size; c += kTile) {
      const int width = std::min(kTile, columns.size - c);
      for (int i = 0; i < height; ++i) {
        const float* from = x + static_cast<size_t>(r + i) * rows.from + static_cast<size_t>(c) * columns.from;
        float* to = y + static_cast<size_t>(r + i) * rows.to + c;
        for (int j = 0; j < width; ++j, from += columns.from) to[j] = *from;
      }
    }
  }
}

void Copy(const Axis* outer, size_t count, const Axis& rows, const Axis& columns, const float* x, float* y) {
  if (count == 0) {
    CopyPlane(rows, columns, x, y);
    return;
  }
  for (int i = 0; i < outer->size; ++i) {
    Copy(outer + 1, count - 1, rows, columns, x + static_cast<size_t>(i) * outer->from,
         y + static_cast<size_t>(i) * outer->to);
  }
}

}  // namespace

napi_value Transpose(HostCall call) {
  const Integers given = call.IntegersAt(0);
  const Floats x = call.Operand(1, "x"), y = call.Result(2, "y");
  RequireApart(call.Env(), x, y);
  const int count = given.count / 2;
  std::vector<Axis> axes(count);
  int to = 1;
  for (int i = count - 1; i >= 0; --i) {
    axes[i] = {given.data[i], given.data[count + i], to};
    to *= axes[i].size;
  }
  const Axis columns = axes.back();
  axes.pop_back();
  Axis rows{1, 0, 0};
  // The axis that lies together in x; if it is that of the columns already, the rows are whatever comes next.
  auto best = std::min_element(axes.begin(), axes.end(), [](auto& one, auto& other) { return one.from < other.from; });
  if (best != axes.end()) {
    rows = *best;
    axes.erase(best);
  }
  Copy(axes.data(), axes.size(), rows, columns, x.data, y.data);
  return nullptr;
}

}  // namespace tscaffe
