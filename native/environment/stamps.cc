#include "environment/stamps.h"

namespace tscaffe {

Stamps::Stamps() : numbers_(std::make_shared<std::vector<uint32_t>>(kNone)) { (*numbers_)[0] = 1; }

Napi::Value Stamps::Array(Napi::Env env) const {
  using Numbers = std::shared_ptr<std::vector<uint32_t>>;
  auto* owner = new Numbers(numbers_);
  auto buffer = Napi::ArrayBuffer::New(
      env, numbers_->data(), numbers_->size() * sizeof(uint32_t),
      [](Napi::BasicEnv, void*, Numbers* held) { delete held; }, owner);
  return Napi::Uint32Array::New(env, numbers_->size(), buffer, 0);
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
  (*numbers_)[slot] = 0;
  released_.push_back(slot);
}

}  // namespace tscaffe
