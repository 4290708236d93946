#include "solver/snapshot.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "blob/kept_values.h"
#include "file/aside.h"
#include "file/hdf5.h"
#include "guard/failure.h"
#include "solver/rate.h"
#include "solver/solver_access.h"

namespace tscaffe {

namespace {

using google::protobuf::internal::WireFormatLite;

struct Mapped {
  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      size = status.st_size;
      bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) close(file);
  }
  ~Mapped() {
    if (bytes != MAP_FAILED) munmap(bytes, size);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  void* bytes = MAP_FAILED;
  size_t size = 0;
};

bool IsWhole(const std::string& path, int number, int count) {
  const Mapped file(path);
  if (file.bytes == MAP_FAILED || file.size > INT_MAX) return false;
  google::protobuf::io::ArrayInputStream stream(file.bytes, static_cast<int>(file.size));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(INT_MAX);
  while (const uint32_t tag = coded.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == number) --count;
    if (!WireFormatLite::SkipField(&coded, tag)) return false;
  }
  return coded.ConsumedEntireMessage() && count == 0;
}

// Throws ERR_CAFFE_FILE, with the name of `target`, unless the serialized message in the file `path` is whole: it must
// end with its field `number`, which stands `count` times in it. Caffe does not look whether the last bytes of a file
// could be written, and on a full disk they are not. Reads the heads of the outermost fields alone.
void RequireWholeMessage(const std::string& path, const std::string& target, int number, int count) {
  if (IsWhole(path, number, count)) return;
  throw CodedError("ERR_CAFFE_FILE", target + ": could not be written whole: is the disk full?");
}

// Caffe derives the names of snapshots from the prefix alone: for the length of this scope it is one beside the real.
class PrefixAside {
 public:
  explicit PrefixAside(caffe::Solver<float>& solver) : parameter_(SolverAccess::Parameter(solver)) {
    prefix_ = parameter_.snapshot_prefix();
    RemoveLeftovers(prefix_);
    parameter_.set_snapshot_prefix(AsideName(prefix_));
  }
  ~PrefixAside() { parameter_.set_snapshot_prefix(prefix_); }
  PrefixAside(const PrefixAside&) = delete;
  PrefixAside& operator=(const PrefixAside&) = delete;

 private:
  caffe::SolverParameter& parameter_;
  std::string prefix_;
};

// A state of the same iteration, left by an earlier run, belongs to the weights of that run: it must be gone before
// they are, or a process that is killed in between leaves a pair that never was. It comes back if the weights stay.
class Retired {
 public:
  Retired(std::string state, std::string aside) : state_(std::move(state)), aside_(std::move(aside)) {
    there_ = std::rename(state_.c_str(), aside_.c_str()) == 0;
    if (there_) SyncFolderOf(state_);
  }
  ~Retired() {
    if (there_ && replaced_) std::remove(aside_.c_str());
    if (there_ && !replaced_) std::rename(aside_.c_str(), state_.c_str());
  }
  Retired(const Retired&) = delete;
  Retired& operator=(const Retired&) = delete;

  void WeightsAreReplaced() { replaced_ = true; }

 private:
  const std::string state_, aside_;
  bool there_ = false, replaced_ = false;
};

// Caffe's message does not name the file.
template <class Write>
void WriteMessage(const std::string& target, Write&& write) {
  try {
    write();
  } catch (const CheckFailure& failure) {
    if (!IsFailureOfFile(failure.file)) throw;
    throw CodedError("ERR_CAFFE_FILE", target + ": cannot be written: " + failure.what());
  }
}

void WriteText(const std::string& text, const std::string& path, const std::string& target) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw CodedError("ERR_CAFFE_FILE", target + ": cannot be written");
}

}  // namespace

Napi::Object SnapshotFiles::To(Napi::Env env) const {
  auto files = Napi::Object::New(env);
  files.Set("model", model);
  files.Set("state", state);
  return files;
}

SnapshotFiles WriteSnapshot(caffe::Solver<float>& solver, const std::optional<std::string>& sources) {
  const auto& parameter = solver.param();
  if (!parameter.has_snapshot_prefix()) {
    throw CodedError("ERR_CAFFE_SOLVER",
                     "snapshot: the solver has no snapshot_prefix, and so no place for its snapshots");
  }
  const bool hdf5 = parameter.snapshot_format() == caffe::SolverParameter_SnapshotFormat_HDF5;
  const std::string model_extension = hdf5 ? ".caffemodel.h5" : ".caffemodel";
  const std::string state_extension = hdf5 ? ".solverstate.h5" : ".solverstate";
  SnapshotFiles files{SolverAccess::Filename(solver, model_extension), SolverAccess::Filename(solver, state_extension)};

  const std::string cursors = files.state + ".sources.json";
  std::unique_ptr<Aside> model, state, cursors_aside;
  {
    PrefixAside aside(solver);
    model = std::make_unique<Aside>(SolverAccess::Filename(solver, model_extension), files.model);
    state = std::make_unique<Aside>(SolverAccess::Filename(solver, state_extension), files.state);
    if (hdf5) {
      WriteHdf5(files.model, [&] { SolverAccess::SnapshotModel(solver); });
      WriteHdf5(files.state, [&] { SolverAccess::SnapshotState(solver, files.model); });
    } else {
      WriteMessage(files.model, [&] { SolverAccess::SnapshotModel(solver); });
      WriteMessage(files.state, [&] { SolverAccess::SnapshotState(solver, files.model); });
      const int layers = static_cast<int>(solver.net()->layers().size());
      RequireWholeMessage(model->Path(), files.model, caffe::NetParameter::kLayerFieldNumber, layers);
      RequireWholeMessage(state->Path(), files.state, caffe::SolverState::kCurrentStepFieldNumber, 1);
    }
  }
  if (sources) {
    cursors_aside = std::make_unique<Aside>(AsideName(parameter.snapshot_prefix()), cursors);
    WriteText(*sources, cursors_aside->Path(), cursors);
    cursors_aside->Sync();
  }
  model->Sync();
  state->Sync();
  Retired old(files.state, AsideName(parameter.snapshot_prefix()));
  model->MoveIntoPlace();
  old.WeightsAreReplaced();
  if (cursors_aside) {
    cursors_aside->MoveIntoPlace();
  } else {
    std::remove(cursors.c_str());  // of the state that has been retired
  }
  state->MoveIntoPlace();
  return files;
}

namespace {

bool IsHdf5(const std::string& path) { return path.size() >= 3 && path.compare(path.size() - 3, 3, ".h5") == 0; }

// Caffe ignores whether it could read the message, and would go on with what it has of it.
void RequireState(const std::string& path) {
  caffe::SolverState state;
  if (!caffe::ReadProtoFromBinaryFile(path, &state) || !state.has_iter()) {
    throw CodedError("ERR_CAFFE_FORMAT", path + ": is not a serialized caffe.SolverState");
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
