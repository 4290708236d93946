// tscaffe-hdf5-trial LIBRARY FILE: reads an HDF5 file from end to end, in a process of its own. HDF5 follows what a
// file says without a look whether it can be so, and a file with flipped bits may end the process that reads it: better
// this one. What HDF5 itself finds wrong does not matter here. LIBRARY is the very libhdf5 that Caffe uses.
#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "file/hdf5_object.h"

namespace {

using Id = int64_t;
constexpr int kGroup = 2, kDataset = 5;  // H5I_type_t
constexpr int kString = 3;               // H5T_class_t
constexpr int kDeepest = 32;             // links may go in circles

void* library = nullptr;

template <class Function>
Function* Hdf5(const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

int Release(Id id) { return Hdf5<int(Id)>("H5Idec_ref")(id); }
using Handle = tscaffe::Hdf5Object<&Release>;

std::string weights;  // that a solverstate names

void ReadDataset(Id dataset, const std::string& name) {
  const Handle space(Hdf5<Id(Id)>("H5Dget_space")(dataset));
  const Handle stored(Hdf5<Id(Id)>("H5Dget_type")(dataset));
  const Handle type(Hdf5<Id(Id, int)>("H5Tget_native_type")(stored, 0));
  const int64_t values = Hdf5<int64_t(Id)>("H5Sget_simple_extent_npoints")(space);
  const size_t size = Hdf5<size_t(Id)>("H5Tget_size")(type);
  constexpr size_t kMost = size_t{1} << 33;  // more than any blob holds
  if (values <= 0 || size == 0 || static_cast<size_t>(values) > kMost / size) return;
  std::vector<char> buffer(static_cast<size_t>(values) * size + 1);
  const int status = Hdf5<int(Id, Id, Id, Id, Id, void*)>("H5Dread")(dataset, type, 0, 0, 0, buffer.data());
  const bool is_text = Hdf5<int(Id)>("H5Tget_class")(type) == kString && Hdf5<int(Id)>("H5Tis_variable_str")(type) == 0;
  if (status >= 0 && is_text && name == "learned_net") weights = buffer.data();
}

void ReadGroup(Id group, int depth);

int ReadLink(Id group, const char* name, const void*, void* depth) {
  const Handle object(Hdf5<Id(Id, const char*, Id)>("H5Oopen")(group, name, 0));
  const int kind = Hdf5<int(Id)>("H5Iget_type")(object);
  if (kind == kDataset) ReadDataset(object, name);
  if (kind == kGroup) ReadGroup(object, *static_cast<int*>(depth) + 1);
  return 0;
}

void ReadGroup(Id group, int depth) {
  if (depth > kDeepest) return;
  using Visit = int(Id, const char*, const void*, void*);
  Hdf5<int(Id, int, int, uint64_t*, Visit*, void*)>("H5Literate")(group, 0, 0, nullptr, &ReadLink, &depth);
}

// A FIFO is left alone: it would have to be waited for.
bool IsFile(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

void ReadFile(const std::string& path) {
  if (!IsFile(path)) return;
  const Handle file(Hdf5<Id(const char*, unsigned, Id)>("H5Fopen")(path.c_str(), 0, 0));
  if (file >= 0) ReadGroup(file, 0);
}

}  // namespace

int main(int count, char** arguments) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (count != 3) return 0;
  library = dlopen(arguments[1], RTLD_NOW);
  if (library == nullptr) return 0;
  Hdf5<int(Id, void*, void*)>("H5Eset_auto2")(0, nullptr, nullptr);
  ReadFile(arguments[2]);
  if (!weights.empty()) ReadFile(std::string(weights));
  return 0;
}
