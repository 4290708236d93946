// The protected members of Caffe's solvers that a binding needs. A pointer to a member may be taken through a derived
// class and used on the base: legal, and no patch of libcaffe.
#pragma once

#include <string>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

struct SolverAccess : caffe::Solver<float> {
  using Base = caffe::Solver<float>;
  static caffe::SolverParameter& Parameter(Base& solver) { return solver.*(&SolverAccess::param_); }
  static const std::vector<float>& Losses(Base& solver) { return solver.*(&SolverAccess::losses_); }
  static bool& EarlyExit(Base& solver) { return solver.*(&SolverAccess::requested_early_exit_); }
  static caffe::Timer& Timer(Base& solver) { return solver.*(&SolverAccess::iteration_timer_); }
  static int& Iter(Base& solver) { return solver.*(&SolverAccess::iter_); }
  static int& CurrentStep(Base& solver) { return solver.*(&SolverAccess::current_step_); }
  static std::string SnapshotModel(Base& solver) {
    return solver.param().snapshot_format() == caffe::SolverParameter_SnapshotFormat_HDF5
               ? (solver.*(&SolverAccess::SnapshotToHDF5))()
               : (solver.*(&SolverAccess::SnapshotToBinaryProto))();
  }
  static void SnapshotState(Base& solver, const std::string& model) {
    (solver.*(&SolverAccess::SnapshotSolverState))(model);
  }
  static std::string Filename(Base& solver, const std::string& extension) {
    return (solver.*(&SolverAccess::SnapshotFilename))(extension);
  }
};

}  // namespace tscaffe
