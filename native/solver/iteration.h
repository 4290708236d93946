// What happens around each iteration of a solver: its loss is kept and smoothed, listeners are told, what was asked for
// is done, snapshots are taken and stopping is asked for.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "environment/environment.h"
#include "mpi/gradient_exchange.h"
#include "net/live_net.h"
#include "solver/iteration_clock.h"
#include "solver/live_parameter.h"
#include "solver/losses.h"
#include "solver/requests.h"
#include "solver/snapshot.h"
#include "solver/test_pass.h"
#include "thread/listeners.h"

namespace tscaffe {

class Iteration : public caffe::Solver<float>::Callback {
 public:
  Iteration(Environment& environment, caffe::Solver<float>& solver, LiveNet& train_net);

  LiveParameter parameter;
  Losses losses;
  Listeners listeners;
  Requests requests;
  IterationClock clock;

  // A run of Step or Solve is asked for: requests of an earlier one are void.
  void Forget();
  // The run begins. False if it has been asked to stop already.
  bool Begin();
  // Caffe's Solve, with its final snapshot; none if it has been asked to stop. On all ranks: Caffe itself would display
  // and test on rank 0 only.
  void Solve();
  // The run is over. Throws if another rank has stopped it.
  void End();
  // Whether the run has ended, or will, because it was asked to stop.
  bool IsStopped() const;
  // Ends the run after the iteration at hand.
  void RequestStop() { stop_ = true; }

  // Lets other solvers have their turn, between iterations and between the batches of a test.
  void Yield();
  // Whether the run has been asked to stop; the answer is given once.
  bool TakeStop() { return stop_.exchange(false); }
  // Whether this iteration is the last one because somebody has asked for it.
  bool IsEnding() const { return stop_ || stopped_by_ >= 0; }

  // From now on the solvers of all ranks train one net: their gradients are averaged, they test and stop together, and
  // rank 0 takes the snapshots and tells of what happens. `check`: after how many iterations the ranks are compared, 0
  // for never.
  void Attach(const std::shared_ptr<GradientExchange>& exchange, int check);
  void Detach();
  const std::shared_ptr<GradientExchange>& Exchange() const { return exchange_; }
  // What all ranks do together: if this one fails in the middle, the others hear of it.
  void Together(const std::function<void()>& work);

  // See RunTestPass.
  Means Test(int index, const std::function<bool()>& go_on);

  // How many updates have been applied, and the rate of the next one; also while Caffe's thread is at work.
  int Iter() const { return iter_; }
  float Rate() const { return rate_; }
  void NoteIter() { iter_ = solver_.iter(); }
  void NoteRate();

  // Writes a snapshot, with what JavaScript says of the net's data sources.
  SnapshotFiles WriteSnapshot();
  // The same, and tells of it.
  void Snapshot();

  // Test net `index` has computed a batch; if for one of Caffe's own tests, the last batch of it is told of.
  void AfterTestForward(int index);

 protected:
  void on_start() override;
  void on_gradients_ready() override;

 private:
  caffe::SolverAction::Enum Action();
  void AfterUpdate();
  void FinalSnapshot();
  void DeliverLog();
  bool IsRoot() const { return !exchange_ || exchange_->Ranks().Rank() == 0; }
  void TestIfDue();
  std::string TextOf(const std::exception_ptr& exception);
  float AgreeOnIteration();
  void KeepAgreedRate();
  void LetGoOfRate();
  void RequireHistories() const;
  void TellRate();
  void TellMoment(Event& moment);
  float LossOfThisIteration() const;

  Environment& environment_;
  caffe::Solver<float>& solver_;
  LiveNet& train_net_;
  Event start_{listeners, "start"}, gradients_ready_{listeners, "gradientsReady"}, rate_changed_{listeners, "rate"};
  Event iterated_{listeners, "iteration"}, tested_{listeners, "test"}, snapshot_taken_{listeners, "snapshot"};
  Event held_{listeners, "held"}, answered_{listeners, "answer"}, sources_{listeners, "sources"};
  std::atomic<int> iter_{0};
  std::atomic<float> rate_;
  float last_rate_;  // of the last update
  std::atomic<bool> stop_{false};
  bool updating_ = false;    // between the gradients and the action that follows the update
  bool test_batch_ = false;  // the next batch of a test net is one of Caffe's own test
  int first_iter_ = 0;       // of the run
  int last_iter_ = -1;       // of Solve()
  std::vector<OutputMeans> tests_;

  std::shared_ptr<GradientExchange> exchange_;
  int check_ = 0;
  int stopped_by_ = -1;  // the rank that has asked for a stop after this iteration
  float agreed_rate_ = 0;
  bool keeps_rate_ = false;          // for this update, though this rank has another now
  std::optional<float> later_rate_;  // that one; see LiveParameter::OverrideRate
};

}  // namespace tscaffe
