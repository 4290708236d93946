// Whose transfers between host and device those of the calling thread are.
#pragma once

namespace tscaffe {

class Activity;

#ifdef CPU_ONLY

class TransferScope {
 public:
  explicit TransferScope(const Activity*) {}
};

#else

// While this lives, what is copied on this thread outside of layers is for a net of `activity`, which may be null.
class TransferScope {
 public:
  explicit TransferScope(const Activity* activity) : outer_(current) { current = activity; }
  ~TransferScope() { current = outer_; }
  TransferScope(const TransferScope&) = delete;
  TransferScope& operator=(const TransferScope&) = delete;

  static const Activity* Current() { return current; }

 private:
  static inline thread_local const Activity* current = nullptr;
  const Activity* const outer_;
};

#endif

}  // namespace tscaffe
