#include "solver/live_parameter.h"

#include "solver/solver_access.h"

namespace tscaffe {

LiveParameter::LiveParameter(caffe::Solver<float>& solver)
    : parameter_(SolverAccess::Parameter(solver)), snapshot_after_train_(solver.param().snapshot_after_train()) {
  TakeSnapshots();
  parameter_.set_snapshot_after_train(false);
}

void LiveParameter::TakeSnapshots() {
  if (!parameter_.has_snapshot()) return;
  snapshot_interval_ = parameter_.snapshot();
  parameter_.clear_snapshot();
}

void LiveParameter::TakeTests(bool take) {
  if (take == takes_tests_) return;
  if (!take && test_interval_ > 0) parameter_.set_test_interval(test_interval_);
  test_interval_ = 0;
  takes_tests_ = take;
  TakeNewTests();
}

void LiveParameter::TakeNewTests() {
  if (!takes_tests_ || !parameter_.has_test_interval()) return;
  test_interval_ = parameter_.test_interval();
  parameter_.clear_test_interval();
}

caffe::SolverParameter LiveParameter::Whole() const {
  auto parameter = parameter_;
  parameter.MergeFrom(policy_);
  if (snapshot_interval_ > 0) parameter.set_snapshot(snapshot_interval_);
  if (test_interval_ > 0) parameter.set_test_interval(test_interval_);
  parameter.set_snapshot_after_train(snapshot_after_train_);
  return parameter;
}

void LiveParameter::Merge(const caffe::SolverParameter& fields) {
  const auto rate = OverriddenRate();
  OverrideRate(std::nullopt);
  parameter_.MergeFrom(fields);
  TakeSnapshots();
  TakeNewTests();
  OverrideRate(rate);
}

std::optional<float> LiveParameter::OverriddenRate() const {
  if (!policy_.has_lr_policy()) return std::nullopt;
  return parameter_.base_lr();
}

void LiveParameter::OverrideRate(std::optional<float> rate) {
  parameter_.MergeFrom(policy_);
  policy_.Clear();
  if (!rate) return;
  policy_.set_lr_policy(parameter_.lr_policy());
  policy_.set_base_lr(parameter_.base_lr());
  parameter_.set_lr_policy("fixed");
  parameter_.set_base_lr(*rate);
}

}  // namespace tscaffe
