// What all ranks do together, step by step: MPI calls that follow one another.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mpi/library.h"

namespace tscaffe {

// All but Begin and Advance is the communicator's, which says on which thread. The memory that MPI reads and writes is
// the operation's own, for it may have to outlive who has begun it.
class Operation {
 public:
  using Clock = std::chrono::steady_clock;
  using Pointer = std::shared_ptr<Operation>;

  virtual ~Operation() = default;

  // On MPI's thread. Collective calls of one kind must begin in the same order on all ranks, so a second call begins
  // only `in_turn`: when all operations that began earlier have begun theirs.
  virtual void Begin(MpiLibrary& library) = 0;
  virtual void Advance(MpiLibrary& library, bool in_turn) = 0;
  bool IsLast() const { return is_last_; }  // its last call has begun
  bool IsOver() const { return is_over_; }

 protected:
  bool is_last_ = false, is_over_ = false;

 private:
  friend class Communicator;
  int64_t number_ = 0;  // among the operations of this rank, which are the same on all
  bool is_done_ = false;
  Clock::time_point began_, ended_;
};

// The sums over all ranks of floats, in place. Each sum is taken in the order of ranks, ((x0 + x1) + x2) + ...,
// whatever MPI and the network do, and wherever the floats are cut: so all ranks get the same bits, and all runs.
class SumOperation : public Operation {
 public:
  SumOperation(const MpiLibrary::World& world, size_t count);

  // Fill it before the operation begins, read it when it is done.
  float* Values() { return values_.get(); }
  size_t Count() const { return count_; }
  // What this rank sends.
  int64_t Bytes() const;

  void Begin(MpiLibrary& library) override;
  void Advance(MpiLibrary& library, bool in_turn) override;

 private:
  void Add(float* sums, size_t count) const;

  const int rank_, size_;
  const size_t count_;
  const bool at_once_;  // all to all, and each adds all; else each adds its part
  MpiLibrary::Parts parts_;
  const std::unique_ptr<float[]> values_;
  std::unique_ptr<float[]> theirs_;
  MpiLibrary::Call call_;
};

// The same number of bytes of each rank, to all.
class GatherOperation : public Operation {
 public:
  GatherOperation(const MpiLibrary::World& world, size_t bytes) : mine(bytes), all(bytes * world.size) {}

  std::vector<char> mine, all;

  void Begin(MpiLibrary& library) override {
    call_ = library.Gather(mine.data(), all.data(), static_cast<int>(mine.size()));
    is_last_ = true;
  }
  void Advance(MpiLibrary&, bool) override { is_over_ = call_->IsDone(); }

 private:
  MpiLibrary::Call call_;
};

// Those of one rank, to all.
class BroadcastOperation : public Operation {
 public:
  BroadcastOperation(size_t bytes, int root) : values(bytes), root_(root) {}

  std::vector<char> values;

  void Begin(MpiLibrary& library) override {
    call_ = library.Broadcast(values.data(), static_cast<int>(values.size()), root_);
    is_last_ = true;
  }
  void Advance(MpiLibrary&, bool) override { is_over_ = call_->IsDone(); }

 private:
  const int root_;
  MpiLibrary::Call call_;
};

}  // namespace tscaffe
