#include "file/hdf5.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "file/hdf5_object.h"
#include "file/special.h"
#include "guard/failure.h"
#include "guard/threads.h"

namespace tscaffe {

namespace {

std::atomic<int> failures{0};

int CountOne(int64_t, void*) {
  ++failures;
  return 0;
}

// A function of HDF5, by its name: a libcaffe may have been built without.
template <class Function>
Function* Hdf5(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

using Id = int64_t;
constexpr unsigned kFiles = 1, kAll = 0x1f;  // H5F_OBJ_FILE, H5F_OBJ_ALL, which is also the id of all files
constexpr unsigned kReadOnly = 0;            // H5F_ACC_RDONLY

// The open objects of a kind, in one file or in all.
std::vector<Id> OpenObjects(Id file, unsigned kinds) {
  auto* count = Hdf5<int64_t(Id, unsigned)>("H5Fget_obj_count");
  auto* list = Hdf5<int64_t(Id, unsigned, size_t, Id*)>("H5Fget_obj_ids");
  if (count == nullptr || list == nullptr) return {};
  const int64_t size = count(file, kinds);
  std::vector<Id> ids(size < 0 ? 0 : size);
  if (!ids.empty()) list(file, kinds, ids.size(), ids.data());
  return ids;
}

bool Contains(const std::vector<Id>& ids, Id id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

void Close(Id file) {
  for (const Id object : OpenObjects(file, kAll & ~kFiles)) Hdf5<int(Id)>("H5Idec_ref")(object);
  if (Hdf5<int(Id)>("H5Fclose")(file) < 0) ForgetHdf5(file);
}

bool IsReadOnly(Id file) {
  unsigned intent = ~kReadOnly;
  Hdf5<int(Id, unsigned*)>("H5Fget_intent")(file, &intent);
  return intent == kReadOnly;
}

}  // namespace

void CountHdf5Failures() {
  auto* set_auto = Hdf5<int(Id, int (*)(Id, void*), void*)>("H5Eset_auto2");
  if (set_auto != nullptr) set_auto(0, &CountOne, nullptr);
}

int Hdf5Failures() { return failures; }

void ThrowHdf5Failure(const std::string& path) {
  throw CodedError("ERR_CAFFE_FILE", path + ": HDF5 could not write all of it: is the disk full?");
}

std::vector<Id> OpenHdf5Files() { return OpenObjects(kAll, kFiles); }

// HDF5 keeps the number of a file that it could not close, as on a full disk, but not what it stands for: the next
// question about it ends the process, and so does HDF5's own cleaning up when the process exits. This function of its
// inside is exported, as all are.
void ForgetHdf5(Id file) {
  auto* remove = Hdf5<void*(Id)>("H5I_remove");
  if (remove != nullptr) remove(file);
}

bool FlushHdf5(Id file) {
  constexpr int kLocal = 0;  // H5F_SCOPE_LOCAL
  return Hdf5<int(Id, int)>("H5Fflush")(file, kLocal) >= 0;
}

void CloseReadHdf5() {
  for (const Id file : OpenHdf5Files()) {
    if (IsReadOnly(file)) Close(file);
  }
}

void CloseHdf5Since(const std::vector<Id>& before) {
  for (const Id file : OpenHdf5Files()) {
    if (!Contains(before, file)) Close(file);
  }
}

void ForgetHdf5Since(const std::vector<Id>& before) {
  for (const Id file : OpenHdf5Files()) {
    if (!Contains(before, file)) ForgetHdf5(file);
  }
}

namespace {

int Release(Id id) { return Hdf5<int(Id)>("H5Idec_ref")(id); }
using Handle = Hdf5Object<&Release>;

bool Has(Id group, const std::string& name) {
  return group >= 0 && Hdf5<int(Id, const char*, Id)>("H5Lexists")(group, name.c_str(), 0) > 0;
}

std::vector<int64_t> ShapeOf(Id group, const std::string& name) {
  const Handle dataset(Hdf5<Id(Id, const char*, Id)>("H5Oopen")(group, name.c_str(), 0));
  const Handle space(Hdf5<Id(Id)>("H5Dget_space")(dataset));
  const int axes = Hdf5<int(Id)>("H5Sget_simple_extent_ndims")(space);
  std::vector<uint64_t> dims(std::max(axes, 0));
  if (axes > 0) Hdf5<int(Id, uint64_t*, uint64_t*)>("H5Sget_simple_extent_dims")(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

// A text of fixed length, as Caffe writes it.
std::string TextOf(Id file, const char* name) {
  size_t size = 0;
  int kind = 0;
  auto* measure = Hdf5<int(Id, const char*, uint64_t*, int*, size_t*)>("H5LTget_dataset_info");
  constexpr int kString = 3;  // H5T_class_t
  constexpr size_t kLongest = 1U << 16;
  uint64_t dims[32] = {};
  if (measure(file, name, dims, &kind, &size) < 0 || kind != kString || size > kLongest) return {};
  std::vector<char> text(size + 1);
  Hdf5<int(Id, const char*, char*)>("H5LTread_dataset_string")(file, name, text.data());
  return text.data();
}

}  // namespace

std::optional<Hdf5State> ReadHdf5State(const std::string& path) {
  const Handle file(Hdf5<Id(const char*, unsigned, Id)>("H5Fopen")(path.c_str(), kReadOnly, 0));
  if (!Has(file, "history")) return {};
  Hdf5State state;
  if (Has(file, "learned_net")) state.learned_net = TextOf(file, "learned_net");
  const Handle history(Hdf5<Id(Id, const char*, Id)>("H5Oopen")(file, "history", 0));
  for (int i = 0; Has(history, std::to_string(i)); ++i) state.history.push_back(ShapeOf(history, std::to_string(i)));
  return state;
}

namespace {

constexpr int kGroup = 2, kDataset = 5;  // H5I_type_t
constexpr int kDeepest = 32;             // links may go in circles

// The names in a group.
std::vector<std::string> NamesIn(Id group) {
  auto* name_of = Hdf5<int64_t(Id, const char*, int, int, uint64_t, char*, size_t, Id)>("H5Lget_name_by_idx");
  std::vector<std::string> names;
  for (uint64_t i = 0;; ++i) {
    const int64_t length = name_of(group, ".", 0, 0, i, nullptr, 0, 0);  // by name, from the first
    if (length < 0) return names;
    std::string name(length + 1, '\0');
    name_of(group, ".", 0, 0, i, name.data(), name.size(), 0);
    name.resize(length);
    names.push_back(name);
  }
}

bool HoldsNumbers(Id dataset) {
  constexpr int kInteger = 0, kFloat = 1;  // H5T_class_t
  const Handle type(Hdf5<Id(Id)>("H5Dget_type")(dataset));
  const int kind = Hdf5<int(Id)>("H5Tget_class")(type);
  return kind == kInteger || kind == kFloat;
}

void ReadDatasetsIn(Id group, const std::string& prefix, int depth, std::vector<Hdf5Dataset>* all) {
  if (depth > kDeepest) return;
  for (const std::string& name : NamesIn(group)) {
    const Handle object(Hdf5<Id(Id, const char*, Id)>("H5Oopen")(group, name.c_str(), 0));
    const int kind = object < 0 ? 0 : Hdf5<int(Id)>("H5Iget_type")(object);
    if (kind == kGroup) ReadDatasetsIn(object, prefix + name + "/", depth + 1, all);
    if (kind != kDataset || !HoldsNumbers(object)) continue;
    Hdf5Dataset dataset{prefix + name, ShapeOf(group, name), {}};
    size_t count = 1;
    for (const int64_t size : dataset.shape) count *= size;
    dataset.values.resize(count);
    if (Hdf5<int(Id, const char*, float*)>("H5LTread_dataset_float")(group, name.c_str(), dataset.values.data()) < 0) {
      throw CodedError("ERR_CAFFE_FORMAT", dataset.name + " cannot be read");
    }
    all->push_back(std::move(dataset));
  }
}

}  // namespace

std::vector<Hdf5Dataset> ReadHdf5Datasets(const std::string& path) {
  auto* open = Hdf5<Id(const char*, unsigned, Id)>("H5Fopen");
  if (open == nullptr) throw CodedError("ERR_CAFFE_INTERNAL", "the linked libcaffe was built without HDF5");
  const Handle file(open(path.c_str(), kReadOnly, 0));
  if (file < 0) throw CodedError("ERR_CAFFE_FORMAT", path + ": is no HDF5 file, or a damaged one");
  std::vector<Hdf5Dataset> all;
  ReadDatasetsIn(file, "", 0, &all);
  return all;
}

namespace {

constexpr unsigned kTruncate = 2;  // H5F_ACC_TRUNC

Id Create(const std::string& path) {
  auto* create = Hdf5<Id(const char*, unsigned, Id, Id)>("H5Fcreate");
  if (create == nullptr) throw CodedError("ERR_CAFFE_INTERNAL", "the linked libcaffe was built without HDF5");
  return create(path.c_str(), kTruncate, 0, 0);
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::string& path) : file_(Create(path)) {}

Hdf5Writer::~Hdf5Writer() {
  if (file_ >= 0) Release(file_);
}

void Hdf5Writer::Write(const std::string& name, const std::vector<uint64_t>& shape, const float* values) {
  if (file_ < 0) return;
  for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const std::string group = name.substr(0, slash);
    if (Has(file_, group)) continue;
    const Handle made(Hdf5<Id(Id, const char*, Id, Id, Id)>("H5Gcreate2")(file_, group.c_str(), 0, 0, 0));
  }
  Hdf5<int(Id, const char*, int, const uint64_t*, const float*)>("H5LTmake_dataset_float")(
      file_, name.c_str(), static_cast<int>(shape.size()), shape.data(), values);
}

namespace {

// The program lies beside this addon.
std::string Program() {
  Dl_info addon{};
  if (dladdr(reinterpret_cast<void*>(&RequireSoundHdf5), &addon) == 0) return {};
  const std::string path = addon.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + "tscaffe-hdf5-trial";
}

// Which libhdf5 libcaffe uses; none if it was built without.
std::string Library() {
  void* function = dlsym(RTLD_DEFAULT, "H5Fopen");
  Dl_info library{};
  if (function == nullptr || dladdr(function, &library) == 0) return {};
  return library.dli_fname;
}

// How the program has ended, as waitpid says; 0 if it could not be started.
int Run(const std::string& program, const std::string& library, const std::string& path) {
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&silent, stream, "/dev/null", O_RDWR, 0);
  }
  char* arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(library.c_str()),
                       const_cast<char*>(path.c_str()), nullptr};
  pid_t child = 0;
  const int failure = posix_spawn(&child, program.c_str(), &silent, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&silent);
  if (failure == EAGAIN) throw NoThreads(path + ": cannot start the process that reads it first");
  if (failure != 0) return 0;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return status;
}

}  // namespace

void RequireSoundHdf5(const std::string& path) {
  RequireReadable(path);
  const std::string program = Program();
  const std::string library = Library();
  if (program.empty() || library.empty() || Run(program, library, path) == 0) return;
  throw CodedError("ERR_CAFFE_FORMAT", path + ": is damaged: HDF5 cannot read it without ending the process");
}

}  // namespace tscaffe
