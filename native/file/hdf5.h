// What Caffe does not look after when it uses HDF5: what closing a file returns, and closing it after a failure.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "guard/addons.h"
#include "guard/failure.h"

namespace tscaffe {

// Held around all that uses HDF5, on any thread: what one thread opens must not be taken for what another has left
// open, nor its failures for another's; and an HDF5 that was built without its option for threads is not safe at all.
// No JavaScript runs meanwhile.
class Hdf5Lock {
 private:
  std::lock_guard<std::recursive_mutex> lock_{Hdf5Mutex()};
};

// Keeps HDF5 from printing its stack of errors to stderr when a file cannot be opened: Caffe checks the result, and the
// failure becomes an error with the path. Counts its errors instead. HDF5 keeps the switch for each thread: call it on
// each that runs Caffe.
void CountHdf5Failures();

int Hdf5Failures();
[[noreturn]] void ThrowHdf5Failure(const std::string& path);

// Closes what is open to be read only.
void CloseReadHdf5();

// Throws ERR_CAFFE_FORMAT for an HDF5 file over which HDF5 itself comes to grief: another process reads it first. Where
// none can be started, nothing is known. Call it with the lock of HDF5: the other process inherits the files that are
// open, and with them HDF5's locks on them, until it ends.
void RequireSoundHdf5(const std::string& path);

std::vector<int64_t> OpenHdf5Files();
// Writes out what HDF5 holds back of an open file. False if it could not, as on a full disk: closing it would fail too.
bool FlushHdf5(int64_t file);
// Leaves a file alone from now on, that cannot be closed.
void ForgetHdf5(int64_t file);
// Those that are open now but not `before`. Closing a file a second time ends the process: one that Caffe could not
// close stays as it is, and is left alone from then on.
void CloseHdf5Since(const std::vector<int64_t>& before);
void ForgetHdf5Since(const std::vector<int64_t>& before);

// What a solverstate holds, as far as Caffe does not look at it first.
struct Hdf5State {
  std::string learned_net;                    // a path; empty if it names none
  std::vector<std::vector<int64_t>> history;  // shapes
};

// With the lock of HDF5. Nothing of a file that is none.
std::optional<Hdf5State> ReadHdf5State(const std::string& path);

struct Hdf5Dataset {
  std::string name;  // with the groups that it is in: "data/conv1/0"
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// Within ReadHdf5: all datasets of numbers in a file. Throws ERR_CAFFE_FORMAT for a file that is none.
std::vector<Hdf5Dataset> ReadHdf5Datasets(const std::string& path);

// Within WriteHdf5: a new file. What fails is counted.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::string& path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void Write(const std::string& name, const std::vector<uint64_t>& shape, const float* values);

 private:
  const int64_t file_;
};

// Runs what reads the HDF5 file `path`, and what that names; none stays open.
template <class Body>
void ReadHdf5(const std::string& path, Body&& read) {
  const Hdf5Lock lock;
  RequireSoundHdf5(path);
  const auto before = OpenHdf5Files();
  try {
    read();
  } catch (...) {
    CloseHdf5Since(before);
    throw;
  }
}

// Runs what writes the file `path`. HDF5 writes what it holds back when the file is closed, and Caffe does not look
// whether it could: on a full disk the file would be cut off, and nobody would know. Throws ERR_CAFFE_FILE if HDF5 has
// failed at anything.
template <class Body>
void WriteHdf5(const std::string& path, Body&& write) {
  const Hdf5Lock lock;
  const auto before = OpenHdf5Files();
  const int failures = Hdf5Failures();
  try {
    write();
    if (Hdf5Failures() == failures) return;
    ForgetHdf5Since(before);
  } catch (const CheckFailure&) {
    CloseHdf5Since(before);
    if (Hdf5Failures() == failures) throw;
  }
  ThrowHdf5Failure(path);
}

}  // namespace tscaffe
