// Whole numbers and orders of the calling thread's Caffe generator. It is the Mersenne Twister, and numbers are drawn
// from its bits as numpy's RandomState draws them: one seed gives both the same choice and the same permutation.
#include <utility>

#include "math/host.h"

namespace tscaffe {

namespace {

// Draws until the bits that `most` has make a number that is not greater.
uint32_t RandomInteger(uint32_t most) {
  if (most == 0) return 0;
  uint32_t mask = most;
  for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
  uint32_t drawn;
  do {
    drawn = caffe::caffe_rng_rand() & mask;
  } while (drawn > most);
  return drawn;
}

}  // namespace

napi_value RandomIntegers(HostCall call) {
  const auto most = static_cast<uint32_t>(call.Integer(0));
  const Integers r = call.IntegersAt(1);
  for (int i = 0; i < r.count; ++i) r.data[i] = static_cast<int32_t>(RandomInteger(most));
  return nullptr;
}

napi_value Shuffle(HostCall call) {
  const Integers r = call.IntegersAt(0);
  for (int last = r.count - 1; last > 0; --last) std::swap(r.data[last], r.data[RandomInteger(last)]);
  return nullptr;
}

}  // namespace tscaffe
