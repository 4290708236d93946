// What the addon needs of MPI. The other side is tscaffe-mpi.so (library_mpi.cc), the only part that is linked to an
// MPI: the addon loads it on first use, and without it runs where there is no MPI. All calls come from one thread, so
// that an MPI need not be thread-safe (MPI_THREAD_FUNNELED). They throw std::runtime_error with MPI's own text.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace tscaffe {

class MpiLibrary {
 public:
  // A call that MPI is at work on.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual bool IsDone() = 0;
  };
  using Call = std::unique_ptr<Pending>;

  struct World {
    int rank, size, local_rank;
  };

  // Where in an array of floats each rank's part is.
  struct Parts {
    std::vector<int> counts, offsets;
  };

  virtual ~MpiLibrary() = default;
  virtual World Init() = 0;
  virtual void Finalize() = 0;
  // Ends the processes of all ranks.
  virtual void Abort(int code) = 0;

  // The collective calls; all ranks begin those of one kind in the same order. Memory must stay until they are done.
  // `bytes` of each rank, into `all` in the order of ranks.
  virtual Call Gather(const void* mine, void* all, int bytes) = 0;
  // Part r of `mine` to rank r, and likewise one from each rank into `theirs`, in the order of ranks: each as large as
  // this rank's own part.
  virtual Call Scatter(const float* mine, const Parts& parts, float* theirs) = 0;
  // Of each rank its part of `values` to all. A kind of its own: its order is not that of the other calls.
  virtual Call Collect(float* values, const Parts& parts) = 0;
  virtual Call Broadcast(void* values, int bytes, int root) = 0;

  // Messages from rank to rank, beside the collective calls. All are `bytes` long.
  virtual Call Send(const void* note, int bytes, int rank) = 0;
  // Whether there was one, which is in `note` now.
  virtual bool Receive(void* note, int bytes) = 0;
};

// The function of tscaffe-mpi.so: the library, which lives as long as the process.
using MpiLibraryFunction = MpiLibrary* (*)();
inline constexpr const char* kMpiLibraryFunction = "tscaffe_mpi_library";

}  // namespace tscaffe
