// The places of an array's elements in the order of their values: argsort and topk.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "math/host.h"

namespace tscaffe {

namespace {

// A value and its place in one integer: sorting these needs no look at the array, and equal values stay in their order.
// NaN comes last either way.
uint64_t Entry(float value, uint32_t place, bool descending) {
  value += 0.0F;  // -0 is as great as 0
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  uint32_t key = bits >> 31 != 0 ? ~bits : bits | 0x80000000U;  // in the order of the values
  if (descending) key = ~key;
  if (value != value) key = 0xFFFFFFFFU;
  return static_cast<uint64_t>(key) << 32 | place;
}

template <class Index>
void Order(HostCall call, const Floats& x, Index* y) {
  const bool descending = call.Flag(0);
  const int k = call.Integer(1), outer = call.Integer(2), n = call.Integer(3), inner = call.Integer(4);
  std::vector<uint64_t> entries(n);
  for (int o = 0; o < outer; ++o) {
    for (int i = 0; i < inner; ++i) {
      const float* column = x.data + static_cast<size_t>(o) * n * inner + i;
      for (int j = 0; j < n; ++j) entries[j] = Entry(column[static_cast<size_t>(j) * inner], j, descending);
      if (k < n) std::nth_element(entries.begin(), entries.begin() + k, entries.end());
      std::sort(entries.begin(), entries.begin() + k);
      Index* places = y + static_cast<size_t>(o) * k * inner + i;
      for (int j = 0; j < k; ++j) places[static_cast<size_t>(j) * inner] = static_cast<uint32_t>(entries[j]);
    }
  }
}

}  // namespace

napi_value SortOrder(HostCall call) {
  const Floats x = call.Operand(5, "x"), y = call.Result(6, "y");
  RequireApart(call.Env(), x, y);
  if (call.IsFloats(6)) {
    Order(call, x, y.data);
  } else {
    Order(call, x, call.IntegersAt(6).data);
  }
  return nullptr;
}

}  // namespace tscaffe
