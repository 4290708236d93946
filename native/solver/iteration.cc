#include "solver/iteration.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "environment/decimal.h"
#include "environment/errors.h"
#include "guard/failure.h"
#include "solver/rate.h"
#include "solver/same_on_all.h"
#include "solver/solver_access.h"
#include "thread/job_runner.h"
#include "thread/js_thread.h"

namespace tscaffe {

Iteration::Iteration(Environment& environment, caffe::Solver<float>& solver, LiveNet& train_net)
    : parameter(solver),
      listeners(environment),
      environment_(environment),
      solver_(solver),
      train_net_(train_net),
      rate_(std::numeric_limits<float>::quiet_NaN()),
      last_rate_(rate_),
      tests_(solver.test_nets().size()) {
  solver.add_callback(this);
  solver.SetActionFunction([this] { return Action(); });
}

void Iteration::Forget() {
  stop_ = false;
  requests.Forget();
}

bool Iteration::Begin() {
  // Caffe leaves the flag set after a stop, and the next test pass would end the next run. If other ranks have begun,
  // this one must at least end their iteration.
  SolverAccess::EarlyExit(solver_) = !exchange_ && TakeStop();
  updating_ = test_batch_ = false;
  for (auto& test : tests_) test = {};
  stopped_by_ = -1;
  first_iter_ = solver_.iter();
  last_iter_ = -1;
  LetGoOfRate();
  train_net_.SharedActivity()->MakeAdjustments();
  NoteIter();
  NoteRate();
  return !IsStopped();
}

bool Iteration::IsStopped() const { return SolverAccess::EarlyExit(solver_); }

void Iteration::End() {
  if (stopped_by_ < 0 || stopped_by_ == exchange_->Ranks().Rank()) return;
  throw CodedError("ERR_CAFFE_MPI", "rank " + std::to_string(stopped_by_) +
                                        " has stopped the training of all ranks after " +
                                        std::to_string(solver_.iter()) + " iterations");
}

void Iteration::NoteRate() {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver_);
  if (sgd != nullptr) rate_ = NextRate(*sgd);
}

// Caffe takes it after the last update, and then may compute a loss to display and a test: the running sums of
// BatchNorm would go on.
void Iteration::Solve() {
  last_iter_ = solver_.param().max_iter();
  if (solver_.iter() >= last_iter_) FinalSnapshot();
  if (IsRoot()) {
    solver_.Solve();
  } else {
    solver_.Step(last_iter_ - solver_.iter());
    const int display = solver_.param().display();
    // Rank 0 shows the loss of one batch more.
    if (!IsStopped() && display > 0 && solver_.iter() % display == 0) solver_.net()->Forward();
  }
  if (exchange_ && !IsStopped()) TestIfDue();
}

// Unless the interval has just taken it. Of solvers that train side by side the root takes them, as in Caffe: the
// others would overwrite its files. snapshot_after_train is on by default: without a prefix nobody asked for a
// snapshot.
void Iteration::FinalSnapshot() {
  const int interval = parameter.SnapshotInterval();
  const bool is_taken = interval > 0 && solver_.iter() % interval == 0;
  const bool is_wanted = solver_.param().has_snapshot_prefix() && parameter.SnapshotAfterTrain();
  if (caffe::Caffe::root_solver() && is_wanted && !is_taken) Snapshot();
}

SnapshotFiles Iteration::WriteSnapshot() {
  if (!IsRoot()) return NameSnapshot(solver_);  // that rank 0 writes
  return tscaffe::WriteSnapshot(solver_, sources_.Ask());
}

void Iteration::Snapshot() {
  const auto files = WriteSnapshot();
  snapshot_taken_.Tell([&](Napi::Env env) -> Event::Values { return {files.To(env)}; });
}

void Iteration::on_start() {
  if (exchange_) TestIfDue();
  clock.Begin(train_net_.Clock().IsOn());
  TellMoment(start_);
  if (!exchange_) return;
  exchange_->Enter();
  exchange_->BeginIteration(solver_.param().iter_size());
}

void Iteration::on_gradients_ready() {
  losses.Add(exchange_ ? AgreeOnIteration() : LossOfThisIteration(), solver_.param().average_loss());
  TellMoment(gradients_ready_);
  KeepAgreedRate();
  TellRate();
  RequireHistories();
  updating_ = true;
  clock.BeginUpdate();
}

// The update of a learnable blob goes by the blob's size, and would run over the solver's own memory of it.
void Iteration::RequireHistories() const {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver_);
  if (sgd == nullptr) return;
  auto& params = solver_.net()->learnable_params();
  for (size_t i = 0; i < params.size(); ++i) {
    const int expected = sgd->history()[i]->count();
    if (params[i]->count() == expected) continue;
    throw CodedError("ERR_CAFFE_SOLVER", "learnable blob " + std::to_string(i) + " of the net has been reshaped to " +
                                             std::to_string(params[i]->count()) + " values, but had " +
                                             std::to_string(expected) +
                                             " when the solver was made; give it its shape back, or make a new solver");
  }
}

void Iteration::TellMoment(Event& moment) {
  clock.BeginCallbacks();
  DeliverLog();
  moment.Tell();
  clock.EndCallbacks();
}

// Here, where all that may change it has been called, and Caffe is about to use it.
void Iteration::TellRate() {
  NoteRate();
  const float previous = last_rate_;
  last_rate_ = rate_;
  if (std::isnan(previous) || previous == last_rate_ || !IsRoot()) return;
  rate_changed_.Tell([&](Napi::Env env) -> Event::Values {
    return {DecimalTo(env, last_rate_), DecimalTo(env, previous)};
  });
}

void Iteration::DeliverLog() {
  if (!HasLogLines()) return;
  if (auto* runner = JobRunner::Current()) {
    environment_.KeepLogLines(TakeLogLines());
    runner->Post([&environment = environment_] { environment.Settle(); });
  } else {
    environment_.NextEpoch();
    Napi::HandleScope scope(environment_.Env());
    environment_.Settle();
  }
}

// Caffe keeps the losses of this run in a ring, and the loss of the iteration nowhere else.
float Iteration::LossOfThisIteration() const {
  auto& losses_of_run = SolverAccess::Losses(solver_);
  const int average = solver_.param().average_loss();
  const int done = solver_.iter() - first_iter_;
  return done < average ? losses_of_run.back() : losses_of_run[done % average];
}

// Caffe asks after each update, and before each batch of a test. There it asks again until it hears NONE, so a request
// is answered once; and only after an update is a snapshot due.
caffe::SolverAction::Enum Iteration::Action() {
  const bool updated = updating_;
  updating_ = false;
  test_batch_ = !updated;
  if (test_batch_) FollowTrainNet(solver_);  // Caffe has shared the weights in its own way
  if (updated) {
    clock.End();
    AfterUpdate();
  }
  Yield();
  if (exchange_ ? stopped_by_ >= 0 : TakeStop()) return caffe::SolverAction::STOP;
  if (updated && solver_.iter() == last_iter_) FinalSnapshot();
  return caffe::SolverAction::NONE;
}

void Iteration::Yield() {
  if (auto* runner = JobRunner::Current()) runner->Yield();
}

void Iteration::AfterUpdate() {
  LetGoOfRate();
  train_net_.SharedActivity()->MakeAdjustments();
  NoteIter();
  NoteRate();
  if (check_ > 0 && solver_.iter() % check_ == 0) RequireSameValues(exchange_->Ranks(), solver_);
  if (exchange_) exchange_->Leave();
  if (IsRoot()) iterated_.Tell();
  const int interval = parameter.SnapshotInterval();
  if (caffe::Caffe::root_solver() && interval > 0 && solver_.iter() % interval == 0) Snapshot();
  requests.Serve(environment_, answered_);
  // Who holds the run gets answers meanwhile: it returns for that, and is told again until it holds the run no more. A
  // run that is to end is not held: nobody might let it go on.
  while (held_.IsWanted() && !IsEnding()) {
    held_.Tell();
    requests.Serve(environment_, answered_);
  }
}

// Of several ranks.

void Iteration::Attach(const std::shared_ptr<GradientExchange>& exchange, int check) {
  exchange_ = exchange;
  check_ = check;
  parameter.TakeTests(true);
  train_net_.AfterBackward().WatchLast([exchange](int layer) { exchange->AfterBackward(layer); });
  NoteIter();
  NoteRate();
}

void Iteration::Detach() {
  exchange_.reset();
  check_ = 0;
  stopped_by_ = -1;
  parameter.TakeTests(false);
  train_net_.AfterBackward().WatchLast({});
}

void Iteration::Together(const std::function<void()>& work) {
  if (!exchange_) {
    work();
    return;
  }
  const auto exchange = exchange_;
  try {
    work();
  } catch (...) {
    if (exchange->IsInside()) exchange->Fail(TextOf(std::current_exception()));
    throw;
  }
}

// As JavaScript will see it. What JavaScript itself has thrown may be looked at on its thread only.
std::string Iteration::TextOf(const std::exception_ptr& exception) {
  std::string text = "an error in iteration " + std::to_string(iter_);
  auto* runner = JobRunner::Current();
  const auto& thrown = runner != nullptr && runner->Thrown() ? runner->Thrown() : exception;
  try {
    OnJsThread(environment_, [&] {
      Napi::HandleScope scope(environment_.Env());
      const auto message = Translate(environment_, thrown).Message();
      if (!message.empty()) text = message;
    });
  } catch (...) {
    return text;  // JavaScript is being terminated
  }
  return text;
}

// -> the mean loss of all ranks
float Iteration::AgreeOnIteration() {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver_);
  const float rate = sgd == nullptr ? 0 : NextRate(*sgd);
  const auto reports = exchange_->Finish({LossOfThisIteration(), rate, solver_.iter(), TakeStop() ? 1 : 0, 0});
  double losses_of_ranks = 0;
  for (size_t rank = reports.size(); rank-- > 0;) {
    losses_of_ranks += reports[rank].loss;
    if (reports[rank].stops != 0) stopped_by_ = static_cast<int>(rank);
  }
  // What has changed the rate on rank 0 heard of it there alone, in a listener.
  agreed_rate_ = reports[0].rate;
  if (agreed_rate_ != rate && sgd != nullptr) parameter.OverrideRate(agreed_rate_);
  return static_cast<float>(losses_of_ranks / static_cast<double>(reports.size()));
}

// A callback may have changed it on this rank alone since. That holds from the next iteration on: the weights of the
// ranks would part.
void Iteration::KeepAgreedRate() {
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver_);
  if (!exchange_ || sgd == nullptr || NextRate(*sgd) == agreed_rate_) return;
  later_rate_ = parameter.OverriddenRate();
  keeps_rate_ = true;
  parameter.OverrideRate(agreed_rate_);
}

void Iteration::LetGoOfRate() {
  if (!std::exchange(keeps_rate_, false)) return;
  parameter.OverrideRate(later_rate_);
}

Means Iteration::Test(int index, const std::function<bool()>& go_on) {
  if (!exchange_) return RunTestPass(solver_, index, go_on);
  exchange_->Ranks().Agree(exchange_->Named("test " + std::to_string(index)));
  exchange_->Enter();
  auto means = RunTestPass(solver_, index, go_on, &exchange_->Ranks());
  exchange_->Leave();
  return means;
}

// In the place of Caffe's own tests, with its lines in the log.
void Iteration::TestIfDue() {
  const int interval = parameter.TestInterval(), iter = solver_.iter();
  if (interval == 0 || iter % interval != 0 || (iter == 0 && !solver_.param().test_initialization())) return;
  for (int index = 0; index < static_cast<int>(solver_.test_nets().size()); ++index) {
    LOG_IF(INFO, IsRoot()) << "Iteration " << iter << ", Testing net (#" << index << ")";
    const auto means = Test(index, [this] {
      Yield();
      return true;
    });
    if (!IsRoot()) continue;
    LogMeans(*solver_.test_nets()[index], means);
    tested_.Tell([&](Napi::Env env) -> Event::Values { return {Napi::Number::New(env, index), MeansTo(env, means)}; });
  }
}

void Iteration::AfterTestForward(int index) {
  if (!test_batch_) return;
  test_batch_ = false;
  auto& test = tests_[index];
  test.Add(*solver_.test_nets()[index]);
  if (test.Batches() < solver_.param().test_iter(index)) return;
  const auto means = test.Take();
  tested_.Tell([&](Napi::Env env) -> Event::Values { return {Napi::Number::New(env, index), MeansTo(env, means)}; });
}

}  // namespace tscaffe
