// Whose copies between host and device those of the calling thread are; nobody's in a build without CUDA.
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
  explicit TransferScope(const Activity* activity);
  ~TransferScope();
  TransferScope(const TransferScope&) = delete;
  TransferScope& operator=(const TransferScope&) = delete;

 private:
  const Activity* const outer_;
};

#endif

}  // namespace tscaffe
