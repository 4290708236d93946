#include "thread/turns.h"

namespace tscaffe {

void Turns::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t number = next_++;
  ended_.wait(lock, [&] { return closed_ || serving_ == number; });
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

// Ending and asking in two steps was unfair: who lost the race for the mutex in between had no number, and on a machine
// with more threads than cores another job did 300 iterations before the scheduler came back to it.
void Turns::Pass(const std::function<void()>& ending, const std::function<void()>& begun) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (next_ - serving_ == 1) return;
    ending();
    const uint64_t number = next_++;
    ++serving_;
    ended_.notify_all();
    ended_.wait(lock, [&] { return closed_ || serving_ == number; });
  }
  begun();
}

void Turns::Close() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  ended_.notify_all();
}

}  // namespace tscaffe
