// What happens around each iteration of a solver: its loss is kept and smoothed, callbacks are called, snapshots are
// taken and stopping is asked for.
#pragma once

#include <napi.h>

#include <atomic>
#include <map>
#include <vector>

#include "caffe_headers.h"
#include "environment.h"

namespace tscaffe {

class Iteration : public caffe::Solver<float>::Callback {
 public:
  // Takes the snapshot interval away from Caffe, whose own snapshots are written in place, and keeps it here.
  Iteration(Environment& environment, caffe::Solver<float>& solver);

  // A run of Step or Solve begins.
  void Begin();

  // Ends the run after the iteration at hand.
  void RequestStop() { stop_ = true; }
  // Takes a snapshot after the iteration at hand.
  void RequestSnapshot() { snapshot_ = true; }

  // Of the last iteration, and the mean over the last `average_loss` ones; NaN before the first.
  double Loss() const { return loss_; }
  double SmoothedLoss() const;
  void ForgetLosses();

  // Solve() ends with a snapshot, unless the interval has just taken it.
  bool WantsFinalSnapshot() const;

  int Add(Napi::Function on_start, Napi::Function on_gradients_ready);
  void Remove(int number) { callbacks_.erase(number); }

 protected:
  void on_start() override;
  void on_gradients_ready() override;

 private:
  enum Moment { START, GRADIENTS_READY };
  struct Functions {
    Napi::FunctionReference at[2];
  };

  caffe::SolverAction::Enum Action();
  void CallBack(Moment moment);
  float LossOfThisIteration() const;

  Environment& environment_;
  caffe::Solver<float>& solver_;
  const int snapshot_interval_;
  const bool snapshot_after_train_;
  std::atomic<bool> stop_{false}, snapshot_{false};
  bool updating_ = false;  // between the gradients and the action that follows the update
  int first_iter_ = 0;     // of the run
  double loss_;
  std::vector<double> recent_losses_;  // a ring of the last `average_loss`
  size_t next_loss_ = 0;
  int next_number_ = 0;
  std::map<int, Functions> callbacks_;
};

}  // namespace tscaffe
