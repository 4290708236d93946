// What must be the same on all ranks for their solvers to train one net together.
#pragma once

#include "caffe/headers.h"
#include "mpi/communicator.h"
#include "solver/live_parameter.h"

namespace tscaffe {

// Throws ERR_CAFFE_MPI on all ranks, with the first difference, unless their solvers and nets are the same. What layers
// without bottoms read from may differ.
void RequireSameSolver(Communicator& ranks, caffe::Solver<float>& solver, const LiveParameter& parameter);

// Weights, history and iteration of rank 0 go to all. Random numbers are others on each from now on.
void AdoptState(Communicator& ranks, caffe::Solver<float>& solver);

// Throws ERR_CAFFE_MPI on all ranks, with the first blob, unless weights and history have the same bits on all.
void RequireSameValues(Communicator& ranks, caffe::Solver<float>& solver);

}  // namespace tscaffe
