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
      snapshot_after_train_(solver.param().snapshot_after_train()),
      loss_(kNone),
      smoothed_loss_(kNone) {
  TakeSnapshotInterval();
  SolverAccess::Parameter(solver).set_snapshot_after_train(false);
  solver.add_callback(this);
  solver.SetActionFunction([this] { return Action(); });
}

void Iteration::TakeSnapshotInterval() {
  auto& parameter = SolverAccess::Parameter(solver_);
  if (!parameter.has_snapshot()) return;
  snapshot_interval_ = parameter.snapshot();
  parameter.clear_snapshot();
}

caffe::SolverParameter Iteration::Parameter() const {
  auto parameter = solver_.param();
  if (snapshot_interval_ > 0) parameter.set_snapshot(snapshot_interval_);
  parameter.set_snapshot_after_train(snapshot_after_train_);
  return parameter;
}

bool Iteration::Begin() {
  // Caffe leaves the flag set after a stop, and the next test pass would end the next run.
  SolverAccess::EarlyExit(solver_) = false;
  updating_ = false;
  first_iter_ = solver_.iter();
  NoteIter();
  ApplyChanges();
  return !stop_.exchange(false);
}

void Iteration::ChangeParameter(const caffe::SolverParameter& fields, bool running) {
  {
    std::lock_guard<std::mutex> lock(changes_mutex_);
    changes_.MergeFrom(fields);
    changed_ = true;
  }
  if (!running) ApplyChanges();
}

void Iteration::ApplyChanges() {
  if (!changed_) return;
  std::lock_guard<std::mutex> lock(changes_mutex_);
  SolverAccess::Parameter(solver_).MergeFrom(changes_);
  TakeSnapshotInterval();
  changes_.Clear();
  changed_ = false;
}

void Iteration::ForgetLosses() {
  recent_losses_.clear();
  next_loss_ = 0;
  loss_ = smoothed_loss_ = kNone;
}

bool Iteration::WantsFinalSnapshot() const {
  // snapshot_after_train is on by default: without a prefix nobody asked for a snapshot.
  return solver_.param().has_snapshot_prefix() && snapshot_after_train_ &&
         (snapshot_interval_ == 0 || solver_.iter() % snapshot_interval_ != 0);
}

int Iteration::Add(Napi::Function on_start, Napi::Function on_gradients_ready) {
  auto& functions = callbacks_[next_number_];
  functions.at[START] = Napi::Persistent(on_start);
  functions.at[GRADIENTS_READY] = Napi::Persistent(on_gradients_ready);
  callback_count_ = callbacks_.size();
  return next_number_++;
}

void Iteration::Remove(int number) {
  callbacks_.erase(number);
  callback_count_ = callbacks_.size();
}

void Iteration::on_start() { CallBack(START); }

void Iteration::on_gradients_ready() {
  loss_ = LossOfThisIteration();
  const size_t average = std::max(1, solver_.param().average_loss());
  if (recent_losses_.size() > average) {  // average_loss has been lowered
    recent_losses_.clear();
    next_loss_ = 0;
  }
  if (recent_losses_.size() < average) {
    recent_losses_.push_back(loss_);
  } else {
    recent_losses_[next_loss_] = loss_;
  }
  next_loss_ = (next_loss_ + 1) % average;
  smoothed_loss_ =
      std::accumulate(recent_losses_.begin(), recent_losses_.end(), 0.0) / static_cast<double>(recent_losses_.size());
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
  NoteIter();
  ApplyChanges();
  const bool due = updated && snapshot_interval_ > 0 && solver_.iter() % snapshot_interval_ == 0;
  if (snapshot_.exchange(false) || due) WriteSnapshot(solver_);
  if (environment_.Thread().IsCurrent()) environment_.Thread().Yield();
  return stop_.exchange(false) ? caffe::SolverAction::STOP : caffe::SolverAction::NONE;
}

// A call of JavaScript costs Caffe's thread a wait: none without need.
void Iteration::CallBack(Moment moment) {
  const bool logged = HasLogLines();
  const bool background = environment_.Thread().IsCurrent();
  if (logged && background) {
    environment_.KeepLogLines(TakeLogLines());
    environment_.Thread().Post([this] { environment_.Settle(); });
  }
  if (callback_count_ == 0 && (background || !logged)) return;
  OnJsThread(environment_, [&] {
    Napi::HandleScope scope(environment_.Env());
    if (!background) environment_.Settle();
    std::vector<int> numbers;  // a callback may remove itself or others
    for (auto& entry : callbacks_) numbers.push_back(entry.first);
    for (int number : numbers) {
      auto entry = callbacks_.find(number);
      if (entry != callbacks_.end()) entry->second.at[moment].Call({});
    }
  });
}

}  // namespace tscaffe
