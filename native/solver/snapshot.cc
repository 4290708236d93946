#include "solver/snapshot.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "file/write_aside.h"
#include "guard/failure.h"
#include "solver/solver_access.h"

namespace tscaffe {

namespace {

// Caffe derives the names of snapshots from the prefix alone: for the length of this scope it is one beside the real.
class PrefixAside {
 public:
  explicit PrefixAside(caffe::Solver<float>& solver) : parameter_(SolverAccess::Parameter(solver)) {
    static std::atomic<int> count{0};
    prefix_ = parameter_.snapshot_prefix();
    parameter_.set_snapshot_prefix(prefix_ + ".partial-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  }
  ~PrefixAside() { parameter_.set_snapshot_prefix(prefix_); }
  PrefixAside(const PrefixAside&) = delete;
  PrefixAside& operator=(const PrefixAside&) = delete;

 private:
  caffe::SolverParameter& parameter_;
  std::string prefix_;
};

// Removes what was written aside unless it was moved away.
struct Leftover {
  std::string path;
  ~Leftover() { std::remove(path.c_str()); }
};

}  // namespace

Napi::Object SnapshotFiles::To(Napi::Env env) const {
  auto files = Napi::Object::New(env);
  files.Set("model", model);
  files.Set("state", state);
  return files;
}

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
    SolverAccess::SnapshotModel(solver);
    SolverAccess::SnapshotState(solver, files.model);
  }
  MoveIntoPlace(model.path, files.model);
  MoveIntoPlace(state.path, files.state);
  return files;
}

}  // namespace tscaffe
