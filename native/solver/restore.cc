#include "solver/restore.h"

#include <vector>

#include "blob/kept_values.h"
#include "guard/failure.h"
#include "file/hdf5.h"
#include "solver/rate.h"
#include "solver/solver_access.h"

namespace tscaffe {

namespace {

bool IsHdf5(const std::string& path) { return path.size() >= 3 && path.compare(path.size() - 3, 3, ".h5") == 0; }

// Caffe ignores whether it could read the message, and would go on with what it has of it.
void RequireState(const std::string& path) {
  caffe::SolverState state;
  if (!caffe::ReadProtoFromBinaryFile(path, &state) || !state.has_iter()) {
    throw CodedError("ERR_CAFFE_FORMAT", path + ": is no serialized caffe.SolverState");
  }
}

}  // namespace

void RestoreSolver(caffe::SGDSolver<float>& solver, const std::string& path) {
  const bool hdf5 = IsHdf5(path);
  if (!hdf5) RequireState(path);
  auto blobs = solver.net()->learnable_params();
  for (auto& blob : solver.history()) blobs.push_back(blob.get());
  const int iter = solver.iter();
  const int step = SolverAccess::CurrentStep(solver);
  try {
    auto restore = [&] { WhollyOrNot(blobs, [&] { solver.Restore(path.c_str()); }); };
    if (hdf5) {
      ReadHdf5(path, restore);
    } else {
      restore();
    }
    CountSteps(solver);
  } catch (...) {
    SolverAccess::Iter(solver) = iter;
    SolverAccess::CurrentStep(solver) = step;
    throw;
  }
}

}  // namespace tscaffe
