#include "thread/thread_state.h"

#include <caffe/util/rng.hpp>

#include "run/gpu.h"

namespace tscaffe {

ThreadSettings::ThreadSettings()
    : mode_(caffe::Caffe::mode()),
      solver_count_(caffe::Caffe::solver_count()),
      solver_rank_(caffe::Caffe::solver_rank()),
      multiprocess_(caffe::Caffe::multiprocess()) {
  if (IsOnGpu()) device_ = CurrentGpu();
}

void ThreadSettings::Apply() const {
  if (IsOnGpu()) caffe::Caffe::SetDevice(device_);
  caffe::Caffe::set_mode(mode_);
  caffe::Caffe::set_solver_count(solver_count_);
  caffe::Caffe::set_solver_rank(solver_rank_);
  caffe::Caffe::set_multiprocess(multiprocess_);
}

DeviceVisit::DeviceVisit(const ThreadSettings& job) {
  const ThreadSettings own;
  if (own.IsSamePlace(job)) return;
  own_ = own;
  job.Apply();
}

DeviceVisit::~DeviceVisit() {
  if (own_) own_->Apply();
}

void GpuRandom::Begin(const boost::mt19937& numbers) {
  if (last_ && *last_ == numbers) return;
  auto copy = numbers;  // whose next number nobody misses
  seed_ = copy();
  ++start_;
}

void GpuRandom::Take() {
  static thread_local const GpuRandom* taken_from = nullptr;
  static thread_local uint64_t taken = 0;
  if (taken_from == this && taken == start_) return;
  taken_from = this;
  taken = start_;
  SeedGpuRandom(seed_);
}

RandomLoan::RandomLoan() : lent_(*caffe::caffe_rng()), returned_(lent_) {}

void RandomLoan::Take() { *caffe::caffe_rng() = returned_; }

void RandomLoan::Return() { returned_ = *caffe::caffe_rng(); }

void RandomLoan::GiveBack() {
  if (*caffe::caffe_rng() == lent_) *caffe::caffe_rng() = returned_;
}

RandomVisit::RandomVisit(Turns& turns, RandomLoan& loan) : turns_(turns), loan_(loan) {
  if (!turns_.TryTake()) return;
  own_ = *caffe::caffe_rng();
  loan_.Take();
}

RandomVisit::~RandomVisit() {
  if (!own_) return;
  loan_.Return();
  *caffe::caffe_rng() = *own_;
  turns_.End();
}

}  // namespace tscaffe
