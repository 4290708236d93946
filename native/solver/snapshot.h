// Snapshots, which are either there, whole, or not there; and taking up training from one.
#pragma once

#include <napi.h>

#include <optional>
#include <string>

#include "caffe/headers.h"

namespace tscaffe {

struct SnapshotFiles {
  std::string model, state;
  // -> { model, state }
  Napi::Object To(Napi::Env env) const;
};

// Where a snapshot goes.
SnapshotFiles NameSnapshot(caffe::Solver<float>& solver);

// Writes <prefix>_iter_N.caffemodel and .solverstate (.h5 if the solver says so) beside their place, brings them to the
// disk and renames them: first the weights, then the state that names them. So a state is there only with the weights
// that were written with it, whenever the process is killed. Throws ERR_CAFFE_FILE where that cannot be done, as on a
// full disk; older snapshots are as before.
//
// `sources` tells how far the data sources of the nets have been read, if they have some. It goes into a file beside
// the state, which is there before the state is.
SnapshotFiles WriteSnapshot(caffe::Solver<float>& solver, const std::optional<std::string>& sources);

// Restores iteration, weights and history from a solverstate and the caffemodel that it names. Where that fails the
// solver is as before. Throws ERR_CAFFE_FORMAT for a file that is no solverstate, ERR_CAFFE_SOLVER for one whose
// history is for other shapes.
void RestoreSolver(caffe::SGDSolver<float>& solver, const std::string& path);

}  // namespace tscaffe
