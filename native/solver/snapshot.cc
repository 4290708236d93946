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
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "blob/kept_values.h"
#include "file/aside.h"
#include "file/hdf5.h"
#include "file/special.h"
#include "guard/failure.h"
#include "net/layer_names.h"
#include "net/trained_layers.h"
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

// What leftovers of this prefix begin with, in the folder of `place`: a link may lead to another folder.
std::string PrefixBeside(const std::string& place, const std::string& prefix) {
  return (std::filesystem::path(place).parent_path() / std::filesystem::path(prefix).filename()).string();
}

// Caffe derives the names of snapshots from the prefix alone: for the length of this scope it is one beside `place`.
class PrefixAside {
 public:
  PrefixAside(caffe::Solver<float>& solver, const std::string& place) : parameter_(SolverAccess::Parameter(solver)) {
    prefix_ = parameter_.snapshot_prefix();
    const std::string beside = PrefixBeside(place, prefix_);
    RemoveLeftovers(beside);
    parameter_.set_snapshot_prefix(AsideName(beside));
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

// Has Caffe write one of the files of a snapshot beside its place: `target`, or where a link of that name leads to.
template <class Write>
std::unique_ptr<Aside> WriteAside(caffe::Solver<float>& solver, const std::string& target, const std::string& extension,
                                  Write&& write) {
  const std::string place = RegularPlaceOf(target);
  const PrefixAside prefix(solver, place);
  auto aside = std::make_unique<Aside>(SolverAccess::Filename(solver, extension), place);
  write();
  return aside;
}

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

namespace {

bool WritesHdf5(const caffe::SolverParameter& parameter) {
  return parameter.snapshot_format() == caffe::SolverParameter_SnapshotFormat_HDF5;
}

std::string ModelExtension(bool hdf5) { return hdf5 ? ".caffemodel.h5" : ".caffemodel"; }
std::string StateExtension(bool hdf5) { return hdf5 ? ".solverstate.h5" : ".solverstate"; }

}  // namespace

SnapshotFiles NameSnapshot(caffe::Solver<float>& solver) {
  if (!solver.param().has_snapshot_prefix()) {
    throw CodedError("ERR_CAFFE_SOLVER",
                     "snapshot: the solver has no snapshot_prefix, and so no place for its snapshots");
  }
  const bool hdf5 = WritesHdf5(solver.param());
  return {SolverAccess::Filename(solver, ModelExtension(hdf5)), SolverAccess::Filename(solver, StateExtension(hdf5))};
}

SnapshotFiles WriteSnapshot(caffe::Solver<float>& solver, const std::optional<std::string>& sources) {
  const auto& parameter = solver.param();
  SnapshotFiles files = NameSnapshot(solver);
  const bool hdf5 = WritesHdf5(parameter);
  const std::string model_extension = ModelExtension(hdf5), state_extension = StateExtension(hdf5);
  const std::string cursors = files.state + ".sources.json";
  auto write_model = [&] {
    std::optional<Hdf5LayerNames> names;
    if (hdf5) names.emplace(*solver.net());
    SolverAccess::SnapshotModel(solver);
  };
  auto write_state = [&] { SolverAccess::SnapshotState(solver, files.model); };
  std::unique_ptr<Aside> model, state, cursors_aside;
  if (hdf5) {
    model = WriteAside(solver, files.model, model_extension, [&] { WriteHdf5(files.model, write_model); });
    state = WriteAside(solver, files.state, state_extension, [&] { WriteHdf5(files.state, write_state); });
  } else {
    model = WriteAside(solver, files.model, model_extension, [&] { WriteMessage(files.model, write_model); });
    state = WriteAside(solver, files.state, state_extension, [&] { WriteMessage(files.state, write_state); });
    const int layers = static_cast<int>(solver.net()->layers().size());
    RequireWholeMessage(model->Path(), files.model, caffe::NetParameter::kLayerFieldNumber, layers);
    RequireWholeMessage(state->Path(), files.state, caffe::SolverState::kCurrentStepFieldNumber, 1);
  }
  const std::string& prefix = parameter.snapshot_prefix();
  if (sources) {
    const std::string place = RegularPlaceOf(cursors);
    cursors_aside = std::make_unique<Aside>(AsideName(PrefixBeside(place, prefix)), place);
    WriteText(*sources, cursors_aside->Path(), cursors);
    cursors_aside->Sync();
  }
  model->Sync();
  state->Sync();
  const std::string place = RegularPlaceOf(files.state);
  Retired old(place, AsideName(PrefixBeside(place, prefix)));
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

bool IsHdf5State(const std::string& path) { return path.size() >= 3 && path.compare(path.size() - 3, 3, ".h5") == 0; }

using History = google::protobuf::RepeatedPtrField<caffe::BlobProto>;

// As Caffe writes shapes.
std::string ShapeOf(const caffe::BlobProto& blob) {
  std::vector<int64_t> dims(blob.shape().dim().begin(), blob.shape().dim().end());
  if (!blob.has_shape()) dims = {blob.num(), blob.channels(), blob.height(), blob.width()};  // of old files
  std::ostringstream text;
  int64_t count = 1;
  for (const int64_t dim : dims) {
    text << dim << ' ';
    count *= dim;
  }
  text << '(' << count << ')';
  return text.str();
}

// Throws unless the history in a state is one for this solver. Caffe copies the weights by the names of layers, and
// then takes whatever history there is, in its own shapes, and computes with it.
void RequireHistory(const std::string& path, const History& found, caffe::SGDSolver<float>& solver) {
  auto& history = solver.history();
  const std::string other = path + ": is the state of another solver: ";
  if (found.size() != static_cast<int>(history.size())) {
    throw CodedError("ERR_CAFFE_SOLVER", other + "this one's history is " + std::to_string(history.size()) +
                                             " blobs, but the file has " + std::to_string(found.size()));
  }
  for (int i = 0; i < found.size(); ++i) {
    if (history[i]->ShapeEquals(found.Get(i))) continue;
    throw CodedError("ERR_CAFFE_SOLVER", other + "this one's history[" + std::to_string(i) + "] is " +
                                             history[i]->shape_string() + ", but the file has " +
                                             ShapeOf(found.Get(i)));
  }
}

// Caffe ignores whether it could read the message, and would go on with what it has of it.
caffe::SolverState ReadState(const std::string& path, caffe::SGDSolver<float>& solver) {
  caffe::SolverState state;
  if (!caffe::ReadProtoFromBinaryFile(path, &state) || !state.has_iter()) {
    throw CodedError("ERR_CAFFE_FORMAT", path + ": is not a serialized caffe.SolverState");
  }
  RequireHistory(path, state.history(), solver);
  return state;
}

// As Caffe does it; but of layers of one name each gets its own weights.
void RestoreFrom(const caffe::SolverState& state, caffe::SGDSolver<float>& solver) {
  SolverAccess::Iter(solver) = state.iter();
  if (state.has_learned_net()) CopyTrainedLayersFromBinary(*solver.net(), state.learned_net());
  SolverAccess::CurrentStep(solver) = state.current_step();
  for (int i = 0; i < state.history_size(); ++i) solver.history()[i]->FromProto(state.history(i));
}

// With the lock of HDF5.
void RequireHdf5(const std::string& path, caffe::SGDSolver<float>& solver) {
  const auto state = ReadHdf5State(path);
  if (!state) return;  // Caffe says what is wrong with it
  RequireReadable(state->learned_net);
  History found;
  for (auto& shape : state->history) {
    auto* dims = found.Add()->mutable_shape();
    for (const int64_t dim : shape) dims->add_dim(dim);
  }
  RequireHistory(path, found, solver);
}

}  // namespace

void RestoreSolver(caffe::SGDSolver<float>& solver, const std::string& path) {
  const bool hdf5 = IsHdf5State(path);
  const auto state = hdf5 ? caffe::SolverState() : ReadState(path, solver);
  auto blobs = solver.net()->learnable_params();
  for (auto& blob : solver.history()) blobs.push_back(blob.get());
  const int iter = solver.iter();
  const int step = SolverAccess::CurrentStep(solver);
  try {
    if (hdf5) {
      const Hdf5LayerNames names(*solver.net());
      ReadHdf5(path, [&] {
        RequireHdf5(path, solver);
        WhollyOrNot(blobs, [&] { solver.Restore(path.c_str()); });
      });
    } else {
      WhollyOrNot(blobs, [&] { RestoreFrom(state, solver); });
    }
    CountSteps(solver);
  } catch (...) {
    SolverAccess::Iter(solver) = iter;
    SolverAccess::CurrentStep(solver) = step;
    throw;
  }
}

}  // namespace tscaffe
