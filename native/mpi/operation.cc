#include "mpi/operation.h"

#include <algorithm>

namespace tscaffe {

namespace {

// Between two ranks all-to-all costs no more bytes, and half the waiting. Between more it is worth it for what is
// small.
bool AllToAll(int size, size_t count) {
  constexpr size_t kSmall = 8192;  // floats that a rank receives
  return size == 2 || count * (size - 1) <= kSmall;
}

// As even as can be, the first ones larger.
MpiLibrary::Parts PartsOf(size_t count, int size) {
  MpiLibrary::Parts parts;
  int offset = 0;
  for (int rank = 0; rank < size; ++rank) {
    const int part = static_cast<int>(count / size + (rank < static_cast<int>(count % size) ? 1 : 0));
    parts.counts.push_back(part);
    parts.offsets.push_back(offset);
    offset += part;
  }
  return parts;
}

}  // namespace

SumOperation::SumOperation(const MpiLibrary::World& world, size_t count)
    : rank_(world.rank),
      size_(world.size),
      count_(count),
      at_once_(AllToAll(world.size, count)),
      parts_(PartsOf(count, world.size)),
      values_(new float[count]),
      theirs_(new float[(at_once_ ? count : parts_.counts[rank_]) * size_]) {}

int64_t SumOperation::Bytes() const {
  const int64_t own = parts_.counts[rank_], all = static_cast<int64_t>(count_), others = size_ - 1;
  return (at_once_ ? all * others : all - own + own * others) * static_cast<int64_t>(sizeof(float));
}

void SumOperation::Begin(MpiLibrary& library) {
  is_over_ = false;
  is_last_ = at_once_;
  call_ = at_once_ ? library.Gather(values_.get(), theirs_.get(), static_cast<int>(count_ * sizeof(float)))
                   : library.Scatter(values_.get(), parts_, theirs_.get());
}

void SumOperation::Advance(MpiLibrary& library, bool in_turn) {
  if (call_ != nullptr && call_->IsDone()) {
    call_.reset();
    if (at_once_) {
      Add(values_.get(), count_);
    } else if (!is_last_) {
      Add(values_.get() + parts_.offsets[rank_], parts_.counts[rank_]);
    }
  }
  if (call_ != nullptr) return;
  if (is_last_) {
    is_over_ = true;
  } else if (in_turn) {
    call_ = library.Collect(values_.get(), parts_);
    is_last_ = true;
  }
}

void SumOperation::Add(float* sums, size_t count) const {
  std::copy_n(theirs_.get(), count, sums);
  for (int rank = 1; rank < size_; ++rank) {
    const float* values = theirs_.get() + rank * count;
    for (size_t i = 0; i < count; ++i) sums[i] += values[i];
  }
}

}  // namespace tscaffe
