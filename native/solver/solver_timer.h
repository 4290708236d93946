// The timer inside of each of Caffe's solvers.
#pragma once

#include <new>

#include "caffe/mode_scope.h"
#include "solver/solver_access.h"

namespace tscaffe {

// Caffe's timer makes two CUDA events if it is made in GPU mode, and uses and destroys them if it is used and destroyed
// in GPU mode. A solver that was made in CPU mode and ran, or was collected, in GPU mode handed CUDA what it had never
// made: a segmentation fault.
class SolverTimer {
 public:
  // With the solver.
  SolverTimer() : mode_(caffe::Caffe::mode()) {}

  // Before a run: makes the timer anew if the mode is another one now.
  void Fit(caffe::Solver<float>& solver) {
    if (mode_ == caffe::Caffe::mode()) return;
    auto& timer = SolverAccess::Timer(solver);
    Destroy(timer);
    mode_ = caffe::Caffe::mode();
    try {
      new (&timer) caffe::Timer;
    } catch (...) {
      mode_ = caffe::Caffe::CPU;
      const ModeScope without_events(mode_);
      new (&timer) caffe::Timer;
      throw;
    }
  }

  // What the solver is to be destroyed in.
  caffe::Caffe::Brew Mode() const { return mode_; }

 private:
  void Destroy(caffe::Timer& timer) const {
    const ModeScope made_in(mode_);
    timer.~Timer();
  }

  caffe::Caffe::Brew mode_;
};

}  // namespace tscaffe
