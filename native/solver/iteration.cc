#include "solver/iteration.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "solver/snapshot.h"
#include "solver/solver_access.h"
#include "thread/js_thread.h"

namespace tscaffe {

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}

Iteration::Iteration(Environment& environment, caffe::Solver<float>& solver)
    : environment_(environment),
      solver_(solver),
      snapshot_interval_(solver.param().snapshot()),
      snapshot_after_train_(solver.param().snapshot_after_train()),
      loss_(kNone) {
  SolverAccess::Parameter(solver).set_snapshot(0);
  SolverAccess::Parameter(solver).set_snapshot_after_train(false);
  solver.add_callback(this);
  solver.SetActionFunction([this] { return Action(); });
}

void Iteration::Begin() {
  // Caffe leaves the flag set after a stop, and the next test pass would end the next run.
  SolverAccess::EarlyExit(solver_) = false;
  stop_ = snapshot_ = false;
  updating_ = false;
  first_iter_ = solver_.iter();
}

double Iteration::SmoothedLoss() const {
  if (recent_losses_.empty()) return kNone;
  return std::accumulate(recent_losses_.begin(), recent_losses_.end(), 0.0) /
         static_cast<double>(recent_losses_.size());
}

void Iteration::ForgetLosses() {
  recent_losses_.clear();
  next_loss_ = 0;
  loss_ = kNone;
}

bool Iteration::WantsFinalSnapshot() const {
  return snapshot_after_train_ && (snapshot_interval_ == 0 || solver_.iter() % snapshot_interval_ != 0);
}

int Iteration::Add(Napi::Function on_start, Napi::Function on_gradients_ready) {
  auto& functions = callbacks_[next_number_];
  functions.at[START] = Napi::Persistent(on_start);
  functions.at[GRADIENTS_READY] = Napi::Persistent(on_gradients_ready);
  return next_number_++;
}

void Iteration::on_start() { CallBack(START); }

void Iteration::on_gradients_ready() {
  loss_ = LossOfThisIteration();
  const size_t average = std::max(1, solver_.param().average_loss());
  if (recent_losses_.size() > average) ForgetLosses();
  if (recent_losses_.size() < average) {
    recent_losses_.push_back(loss_);
  } else {
    recent_losses_[next_loss_] = loss_;
  }
  next_loss_ = (next_loss_ + 1) % average;
  CallBack(GRADIENTS_READY);
  updating_ = true;
}

// Caffe keeps the losses of this run in a ring, and the loss of the iteration nowhere else.
float Iteration::LossOfThisIteration() const {
  auto& losses = SolverAccess::Losses(solver_);
  const int average = solver_.param().average_loss();
  const int done = solver_.iter() - first_iter_;
  return done < average ? losses.back() : losses[done % average];
}

// Caffe asks after each update, and before each batch of a test. There it asks again until it hears NONE, so a request
// is answered once; and only after an update is a snapshot due.
caffe::SolverAction::Enum Iteration::Action() {
  const bool updated = updating_;
  updating_ = false;
  const bool due = updated && snapshot_interval_ > 0 && solver_.iter() % snapshot_interval_ == 0;
  if (snapshot_.exchange(false) || due) WriteSnapshot(solver_);
  return stop_.exchange(false) ? caffe::SolverAction::STOP : caffe::SolverAction::NONE;
}

void Iteration::CallBack(Moment moment) {
  OnJsThread(environment_, [&] {
    Napi::HandleScope scope(environment_.Env());
    environment_.Settle();
    std::vector<int> numbers;  // a callback may remove itself or others
    for (auto& entry : callbacks_) numbers.push_back(entry.first);
    for (int number : numbers) {
      auto entry = callbacks_.find(number);
      if (entry != callbacks_.end()) entry->second.at[moment].Call({});
    }
  });
}

}  // namespace tscaffe
