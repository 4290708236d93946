#include "thread/turns.h"

namespace tscaffe {

void Turns::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t number = next_++;
  ended_.wait(lock, [&] { return serving_ == number; });
}

bool Turns::TryTake() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (serving_ != next_) return false;
  ++next_;
  return true;
}

void Turns::End() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ++serving_;
    if (serving_ == next_) return;
  }
  ended_.notify_all();
}

bool Turns::OthersWait() {
  std::lock_guard<std::mutex> lock(mutex_);
  return next_ - serving_ > 1;
}

}  // namespace tscaffe
