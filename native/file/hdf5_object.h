// An open object of HDF5. The addon and its trial program find HDF5's functions in ways of their own.
#pragma once

#include <cstdint>

namespace tscaffe {

// Releases the object in the end; one that could not be opened has a negative number.
template <int (*release)(int64_t id)>
class Hdf5Object {
 public:
  explicit Hdf5Object(int64_t id) : id_(id) {}
  ~Hdf5Object() {
    if (id_ >= 0) release(id_);
  }
  Hdf5Object(const Hdf5Object&) = delete;
  Hdf5Object& operator=(const Hdf5Object&) = delete;
  operator int64_t() const { return id_; }  // NOLINT(google-explicit-constructor)

 private:
  const int64_t id_;
};

}  // namespace tscaffe
