#include "solver/rate.h"

#include <algorithm>

#include "solver/solver_access.h"

namespace tscaffe {

namespace {

// How many steps Caffe has taken when it has been asked for the rate in each iteration before `iter`: one a time, in
// order.
int StepsBefore(const caffe::SolverParameter& parameter, int iter) {
  int steps = 0;
  int taken_at = -1;
  for (int value : parameter.stepvalue()) {
    taken_at = std::max(value, taken_at + 1);
    if (taken_at >= iter) break;
    ++steps;
  }
  return steps;
}

// Puts the count back.
class StepScope {
 public:
  explicit StepScope(caffe::SGDSolver<float>& solver) : step_(SolverAccess::CurrentStep(solver)), before_(step_) {}
  ~StepScope() { step_ = before_; }
  StepScope(const StepScope&) = delete;
  StepScope& operator=(const StepScope&) = delete;

 private:
  int& step_;
  const int before_;
};

}  // namespace

float NextRate(caffe::SGDSolver<float>& solver) {
  const StepScope scope(solver);
  // The step that is due at this iteration is taken here: Caffe would tell of it in its log, and once more when it
  // updates.
  if (solver.param().lr_policy() == "multistep") {
    SolverAccess::CurrentStep(solver) = StepsBefore(solver.param(), solver.iter() + 1);
  }
  return solver.GetLearningRate();
}

void CountSteps(caffe::SGDSolver<float>& solver) {
  SolverAccess::CurrentStep(solver) = StepsBefore(solver.param(), solver.iter());
}

}  // namespace tscaffe
