// The parameter of a solver while it lives. Caffe reads its own copy anew in each iteration; what is done in Caffe's
// place, or overridden, is taken out of that.
#pragma once

#include <optional>

#include "caffe/headers.h"

namespace tscaffe {

class LiveParameter {
 public:
  explicit LiveParameter(caffe::Solver<float>& solver);

  // As it was asked for.
  caffe::SolverParameter Whole() const;
  // The fields that are set replace those in force.
  void Merge(const caffe::SolverParameter& fields);

  // The rate of every update from now on; none: that of lr_policy.
  void OverrideRate(std::optional<float> rate);
  std::optional<float> OverriddenRate() const;

  // Caffe's own snapshots are written in place.
  int SnapshotInterval() const { return snapshot_interval_; }
  bool SnapshotAfterTrain() const { return snapshot_after_train_; }

  // From now on, or not any more: Caffe's own tests run on one rank alone.
  void TakeTests(bool take);
  int TestInterval() const { return test_interval_; }

 private:
  void TakeSnapshots();
  void TakeNewTests();

  caffe::SolverParameter& parameter_;
  int snapshot_interval_ = 0;
  bool snapshot_after_train_;
  bool takes_tests_ = false;
  int test_interval_ = 0;
  caffe::SolverParameter policy_;  // lr_policy and base_lr, as far as they are overridden
};

}  // namespace tscaffe
