// What Caffe keeps for each thread apart, so that work can move from one thread to another and compute the same
// numbers.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <optional>

#include "caffe_headers.h"
#include "thread/turns.h"

namespace tscaffe {

// Mode, device and place among parallel solvers, of the thread that made it.
class ThreadSettings {
 public:
  ThreadSettings();
  // Gives them to the calling thread.
  void Apply() const;

 private:
  caffe::Caffe::Brew mode_;
  int device_ = 0;
  int solver_count_, solver_rank_;
  bool multiprocess_;
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
