#include "thread/thread_state.h"

#include <caffe/util/rng.hpp>

namespace tscaffe {

ThreadSettings::ThreadSettings()
    : mode_(caffe::Caffe::mode()),
      solver_count_(caffe::Caffe::solver_count()),
      solver_rank_(caffe::Caffe::solver_rank()),
      multiprocess_(caffe::Caffe::multiprocess()) {
#ifndef CPU_ONLY
  if (mode_ == caffe::Caffe::GPU) CUDA_CHECK(cudaGetDevice(&device_));
#endif
}

void ThreadSettings::Apply() const {
#ifndef CPU_ONLY
  if (mode_ == caffe::Caffe::GPU) caffe::Caffe::SetDevice(device_);
#endif
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
#ifndef CPU_ONLY
  static thread_local const GpuRandom* taken_from = nullptr;
  static thread_local uint64_t taken = 0;
  if (taken_from == this && taken == start_) return;
  taken_from = this;
  taken = start_;
  // As Caffe::set_random_seed does, which would start the other numbers anew too.
  auto generator = caffe::Caffe::curand_generator();
  CURAND_CHECK(curandSetPseudoRandomGeneratorSeed(generator, seed_));
  CURAND_CHECK(curandSetGeneratorOffset(generator, 0));
#endif
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
