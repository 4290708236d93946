#include "environment/wrappers.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tscaffe {

Wrapper::Wrapper(std::shared_ptr<Wrappers> all) : all_(std::move(all)) {
  if (all_->wrappers_.size() >= all_->look_at_) all_->ReleaseCollected();
  all_->wrappers_.insert(this);
}

Wrapper::~Wrapper() { all_->wrappers_.erase(this); }

void Wrappers::ReleaseCollected() {
  std::vector<Wrapper*> collected;
  for (auto* wrapper : wrappers_) {
    if (wrapper->IsCollected()) collected.push_back(wrapper);
  }
  // Out of the set before any lets go: it is looked at once, whatever hangs on it.
  for (auto* wrapper : collected) wrappers_.erase(wrapper);
  for (auto* wrapper : collected) wrapper->Abandon();
  look_at_ = std::max(least_, 2 * wrappers_.size());
}

}  // namespace tscaffe
