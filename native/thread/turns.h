// Turns of threads of which one at a time may be at work, in the order of asking.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace tscaffe {

class Turns {
 public:
  // Waits until it is the calling thread's turn, or there are none any more.
  void Take();
  // Takes the turn if nobody has it or waits for it.
  bool TryTake();
  void End();
  // Ends the turn that the calling thread has and asks for the next one, both at once, so that nobody who asks later
  // can be served before. `ending` runs before, `begun` after; neither if nobody else waits.
  void Pass(const std::function<void()>& ending, const std::function<void()>& begun);
  // All who wait go on, and nobody waits any more: for the end, when who has the turn may never come back.
  void Close();

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  uint64_t next_ = 0;     // who asks now gets this number
  uint64_t serving_ = 0;  // whose turn it is; nobody's if it is the next number
  bool closed_ = false;
};

}  // namespace tscaffe
