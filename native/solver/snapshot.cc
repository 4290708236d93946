#include "solver/snapshot.h"

#include <cstdio>

#include "file/hdf5_check.h"
#include "file/write_aside.h"
#include "guard/failure.h"
#include "solver/solver_access.h"

namespace tscaffe {

namespace {

// Caffe derives the names of snapshots from the prefix alone: for the length of this scope it is one beside the real.
class PrefixAside {
 public:
  explicit PrefixAside(caffe::Solver<float>& solver)
      : parameter_(SolverAccess::Parameter(solver)), prefix_(parameter_.snapshot_prefix()) {
    parameter_.set_snapshot_prefix(AsideOf(prefix_));
  }
  ~PrefixAside() { parameter_.set_snapshot_prefix(prefix_); }
  PrefixAside(const PrefixAside&) = delete;
  PrefixAside& operator=(const PrefixAside&) = delete;

 private:
  caffe::SolverParameter& parameter_;
  const std::string prefix_;
};

// Removes what was written aside unless it was moved away.
struct Leftover {
  std::string path;
  ~Leftover() { std::remove(path.c_str()); }
};

void WriteModel(caffe::Solver<float>& solver, const std::string& path, bool hdf5) {
  const bool diffs = solver.param().snapshot_diff();
  if (hdf5) {
    solver.net()->ToHDF5(path, diffs);
    RequireWholeWeights(path, *solver.net(), diffs);
    return;
  }
  caffe::NetParameter net;
  solver.net()->ToProto(&net, diffs);
  WriteMessage(net, path);
}

// What a solver remembers only it knows, and Caffe's function to write it does not see the last write fail. It is
// small: it is read again.
void WriteState(caffe::Solver<float>& solver, const std::string& model, const std::string& path, bool hdf5) {
  SolverAccess::SnapshotState(solver, model);
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver);
  if (hdf5) {
    if (sgd != nullptr) RequireWholeHistory(path, sgd->history());
    return;
  }
  caffe::SolverState state;
  const bool read = caffe::ReadProtoFromBinaryFile(path.c_str(), &state);
  if (!read || (sgd != nullptr && static_cast<size_t>(state.history_size()) != sgd->history().size())) {
    throw CodedError("ERR_CAFFE_FILE", path + ": is not whole after it was written: the disk may be full");
  }
}

}  // namespace

SnapshotFiles WriteSnapshot(caffe::Solver<float>& solver) {
  const auto& parameter = solver.param();
  if (!parameter.has_snapshot_prefix()) {
    throw CodedError("ERR_CAFFE_SOLVER",
                     "snapshot: the solver has no snapshot_prefix, and so no place for its snapshots");
  }
  const bool hdf5 = parameter.snapshot_format() == caffe::SolverParameter_SnapshotFormat_HDF5;
  const std::string model_extension = hdf5 ? ".caffemodel.h5" : ".caffemodel";
  const std::string state_extension = hdf5 ? ".solverstate.h5" : ".solverstate";
  SnapshotFiles files{SolverAccess::Filename(solver, model_extension), SolverAccess::Filename(solver, state_extension)};

  Leftover model, state;
  {
    PrefixAside aside(solver);
    model.path = SolverAccess::Filename(solver, model_extension);
    state.path = SolverAccess::Filename(solver, state_extension);
    BeginAside(model.path, files.model);
    BeginAside(state.path, files.state);
    WriteModel(solver, model.path, hdf5);
    WriteState(solver, files.model, state.path, hdf5);
  }
  MoveIntoPlace(model.path, files.model);
  MoveIntoPlace(state.path, files.state);
  return files;
}

}  // namespace tscaffe
