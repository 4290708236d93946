#include "environment/stamps.h"

namespace tscaffe {

Stamps::Stamps(Napi::Env env) {
  auto array = Napi::Uint32Array::New(env, kNone);
  numbers_ = array.Data();
  numbers_[0] = 1;
  array_ = Napi::Persistent(array);
}

uint32_t Stamps::Acquire() {
  if (!released_.empty()) {
    const uint32_t slot = released_.back();
    released_.pop_back();
    return slot;
  }
  return unused_ < kNone ? unused_++ : kNone;
}

void Stamps::Release(uint32_t slot) {
  if (slot == kNone) return;
  numbers_[slot] = 0;
  released_.push_back(slot);
}

}  // namespace tscaffe
