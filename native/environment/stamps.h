// Tells TypeScript, without a call, that the view or the shape which it holds of a blob is still the right one.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

namespace tscaffe {

// Two arrays that both sides see. The epoch moves on with everything that might change a blob's shape or memory: each
// call of Caffe, each callback. A slot holds the epoch in which its view (or shape) was last found right. So a layer's
// inner loop may say blob.data[i]: where slot and epoch agree, TypeScript answers by itself.
class Stamps {
 public:
  Stamps();

  void NextEpoch() { ++(*numbers_)[0]; }

  // A slot for a view or a shape; kNone when there are too many.
  uint32_t Acquire();
  void Release(uint32_t slot);
  void Confirm(uint32_t slot) {
    if (slot != kNone) (*numbers_)[slot] = (*numbers_)[0];
  }

  // A new array on the numbers. [0] is the epoch, the others are slots.
  Napi::Value Array(Napi::Env env) const;

 private:
  // Past the end, where JavaScript finds undefined: never right. (0 would be the epoch itself, and so always right.)
  static constexpr uint32_t kNone = 3 << 15;

  const std::shared_ptr<std::vector<uint32_t>> numbers_;  // which the arrays keep alive too
  uint32_t unused_ = 1;                                   // the slots from here on have never been used
  std::vector<uint32_t> released_;
};

}  // namespace tscaffe
