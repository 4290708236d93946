#include "solver/losses.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tscaffe {

void Losses::Forget() {
  recent_.clear();
  next_ = 0;
  last_ = smoothed_ = std::numeric_limits<double>::quiet_NaN();
}

void Losses::Add(double loss, int average) {
  const size_t most = std::max(1, average);
  if (recent_.size() > most) {  // average_loss has been lowered
    recent_.clear();
    next_ = 0;
  }
  if (recent_.size() < most) {
    recent_.push_back(loss);
  } else {
    recent_[next_] = loss;
  }
  next_ = (next_ + 1) % most;
  last_ = loss;
  smoothed_ = std::accumulate(recent_.begin(), recent_.end(), 0.0) / static_cast<double>(recent_.size());
}

}  // namespace tscaffe
