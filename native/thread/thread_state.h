// What Caffe keeps for each thread apart, so that work can move from one thread to another and compute the same
// numbers.
#pragma once

#include <boost/random/mersenne_twister.hpp>

#include "caffe_headers.h"

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

// The random numbers: lent to Caffe's thread when it takes up work, and given back when it has none left. cuRAND's
// state cannot be read, so this holds for the CPU.
class RandomLoan {
 public:
  // On the lending thread.
  RandomLoan();
  // On the borrowing thread, first and last.
  void Take();
  void Return();
  // On the lending thread: goes on where the borrower stopped, unless it has used or seeded its own numbers meanwhile.
  void GiveBack();

 private:
  const boost::mt19937 lent_;
  boost::mt19937 returned_;
};

}  // namespace tscaffe
