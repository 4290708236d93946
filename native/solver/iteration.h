// What happens around each iteration of a solver: its loss is kept and smoothed, callbacks are called, snapshots are
// taken and stopping is asked for.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "caffe_headers.h"
#include "environment.h"

namespace tscaffe {

class Iteration : public caffe::Solver<float>::Callback {
 public:
  Iteration(Environment& environment, caffe::Solver<float>& solver);

  // Takes the snapshot interval away from Caffe, whose own snapshots are written in place, and keeps it here.
  void TakeSnapshotInterval();
  // The parameter in force, with what was taken from it.
  caffe::SolverParameter Parameter() const;

  // A run of Step or Solve is asked for: requests of an earlier one are void.
  void Forget() { stop_ = snapshot_ = false; }
  // The run begins. False if it has been asked to stop already.
  bool Begin();

  // Merges fields into the solver's parameter: at once, or, while it runs on Caffe's thread, after the iteration at
  // hand.
  void ChangeParameter(const caffe::SolverParameter& fields, bool running);

  // How many updates have been applied; also while Caffe's thread is at work.
  int Iter() const { return iter_; }
  void NoteIter() { iter_ = solver_.iter(); }

  // Ends the run after the iteration at hand.
  void RequestStop() { stop_ = true; }
  // Takes a snapshot after the iteration at hand.
  void RequestSnapshot() { snapshot_ = true; }

  // Of the last iteration, and the mean over the last `average_loss` ones; NaN before the first.
  double Loss() const { return loss_; }
  double SmoothedLoss() const { return smoothed_loss_; }
  void ForgetLosses();

  // Solve() ends with a snapshot, unless the interval has just taken it.
  bool WantsFinalSnapshot() const;

  int Add(Napi::Function on_start, Napi::Function on_gradients_ready);
  void Remove(int number);

 protected:
  void on_start() override;
  void on_gradients_ready() override;

 private:
  enum Moment { START, GRADIENTS_READY };
  struct Functions {
    Napi::FunctionReference at[2];
  };

  void ApplyChanges();
  caffe::SolverAction::Enum Action();
  void CallBack(Moment moment);
  float LossOfThisIteration() const;

  Environment& environment_;
  caffe::Solver<float>& solver_;
  int snapshot_interval_ = 0;
  const bool snapshot_after_train_;
  std::atomic<int> iter_{0};
  std::atomic<bool> stop_{false}, snapshot_{false};
  std::mutex changes_mutex_;
  caffe::SolverParameter changes_;
  std::atomic<bool> changed_{false};
  bool updating_ = false;  // between the gradients and the action that follows the update
  int first_iter_ = 0;     // of the run
  std::atomic<double> loss_, smoothed_loss_;
  std::vector<double> recent_losses_;  // a ring of the last `average_loss`
  size_t next_loss_ = 0;
  int next_number_ = 0;
  std::map<int, Functions> callbacks_;  // touched on the JavaScript thread
  std::atomic<size_t> callback_count_{0};
};

}  // namespace tscaffe
