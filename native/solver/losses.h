// The losses of a solver's iterations, over any number of runs: Caffe smooths them within one only.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace tscaffe {

class Losses {
 public:
  Losses() { Forget(); }
  void Forget();
  // One more, of which the last `average` count.
  void Add(double loss, int average);

  // Of the last iteration, and the mean over the last ones; NaN before the first. From any thread.
  double Last() const { return last_; }
  double Smoothed() const { return smoothed_; }

 private:
  std::atomic<double> last_, smoothed_;
  std::vector<double> recent_;  // a ring
  size_t next_ = 0;
};

}  // namespace tscaffe
