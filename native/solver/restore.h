// Taking up training from a snapshot.
#pragma once

#include <string>

#include "caffe/headers.h"

namespace tscaffe {

// Restores iteration, weights and history from a solverstate and the caffemodel that it names. Where that fails the
// solver is as before. Throws ERR_CAFFE_FORMAT for a file that is no solverstate.
void RestoreSolver(caffe::SGDSolver<float>& solver, const std::string& path);

}  // namespace tscaffe
