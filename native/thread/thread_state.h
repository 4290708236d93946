// What Caffe keeps for each thread apart, so that work can move from one thread to another and compute the same
// numbers.
#pragma once

#include <atomic>
#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <optional>

#include "caffe/headers.h"
#include "thread/turns.h"

namespace tscaffe {

// Mode, device and place among parallel solvers, of the thread that made it.
class ThreadSettings {
 public:
  ThreadSettings();
  // Gives them to the calling thread.
  void Apply() const;

  bool IsOnGpu() const { return mode_ == caffe::Caffe::GPU; }
  bool IsSamePlace(const ThreadSettings& other) const { return mode_ == other.mode_ && device_ == other.device_; }

 private:
  caffe::Caffe::Brew mode_;
  int device_ = 0;
  int solver_count_, solver_rank_;
  bool multiprocess_;
};

// cuRAND's numbers. Their state cannot be read, so they do not move from thread to thread: each goes on with its own.
// But where the JavaScript thread's numbers have been started anew since the last job (by a seed, in the first place),
// the next job's are too, so that a program with a seed computes the same in every run.
class GpuRandom {
 public:
  // On the JavaScript thread, when work begins and when there is none left.
  void Begin(const boost::mt19937& numbers);
  void End(const boost::mt19937& numbers) { last_ = numbers; }
  // On Caffe's thread, in its turn, in GPU mode.
  void Take();

 private:
  std::optional<boost::mt19937> last_;
  std::atomic<uint64_t> start_{0};  // which start of the numbers this is
  std::atomic<uint32_t> seed_{0};
};

// While the JavaScript thread runs a callback of Caffe's thread, its mode and GPU are those of the job: its program may
// have chosen others meanwhile.
class DeviceVisit {
 public:
  explicit DeviceVisit(const ThreadSettings& job);
  ~DeviceVisit();
  DeviceVisit(const DeviceVisit&) = delete;
  DeviceVisit& operator=(const DeviceVisit&) = delete;

 private:
  std::optional<ThreadSettings> own_;
};

// The random numbers: lent by the JavaScript thread when there is work for Caffe's, and given back when there is none
// left. cuRAND's state cannot be read, so this holds for the CPU.
class RandomLoan {
 public:
  // On the lending thread.
  RandomLoan();
  // On the borrowing thread, in its turn: first and last.
  void Take();
  void Return();
  // On the lending thread: goes on where the borrower stopped, unless it has used or seeded its own numbers meanwhile.
  void GiveBack();
  const boost::mt19937& Lent() const { return lent_; }

 private:
  const boost::mt19937 lent_;
  boost::mt19937 returned_;
};

// While the JavaScript thread runs a callback of Caffe's thread, it draws the numbers that Caffe would have drawn, as
// in a synchronous call; unless another job is drawing them.
class RandomVisit {
 public:
  RandomVisit(Turns& turns, RandomLoan& loan);
  ~RandomVisit();
  RandomVisit(const RandomVisit&) = delete;
  RandomVisit& operator=(const RandomVisit&) = delete;

 private:
  Turns& turns_;
  RandomLoan& loan_;
  std::optional<boost::mt19937> own_;
};

}  // namespace tscaffe
