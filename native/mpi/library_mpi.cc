// tscaffe-mpi.so: what library.h asks for, by the MPI that it is linked to. A library of its own; see CMakeLists.txt.
#include <mpi.h>

#include <stdexcept>
#include <string>

#include "mpi/library.h"

namespace tscaffe {

namespace {

void Require(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw std::runtime_error(std::string(call) + ": " + std::string(text, length));
}

class Request : public MpiLibrary::Pending {
 public:
  explicit Request(const char* call) : call_(call) {}

  // The collective and other non-blocking calls all end in a request.
  template <class Start>
  static MpiLibrary::Call Of(const char* call, Start&& start) {
    auto request = std::make_unique<Request>(call);
    Require(start(&request->request_), call);
    return request;
  }

  bool IsDone() override {
    int done = 0;
    Require(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), call_);
    return done != 0;
  }

 private:
  const char* const call_;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

class Library : public MpiLibrary {
 public:
  World Init() override {
    int is_initialized = 0;
    Require(MPI_Initialized(&is_initialized), "MPI_Initialized");
    int level = MPI_THREAD_SINGLE, needed = MPI_THREAD_FUNNELED;
    if (is_initialized == 0) {
      Require(MPI_Init_thread(nullptr, nullptr, needed, &level), "MPI_Init_thread");
    } else {
      needed = MPI_THREAD_SERIALIZED;  // another thread has begun it
      Require(MPI_Query_thread(&level), "MPI_Query_thread");
    }
    if (level < needed) {
      throw std::runtime_error("this MPI may not be called on a thread beside others: it gives thread level " +
                               std::to_string(level) + ", but " + std::to_string(needed) + " is needed");
    }
    // Where Open MPI reports what fails in a collective call that is tested for, whatever its communicator.
    Require(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    for (auto* comm : {&calls_, &collects_, &notes_}) *comm = Duplicate(MPI_COMM_WORLD);
    World world{};
    Require(MPI_Comm_rank(calls_, &world.rank), "MPI_Comm_rank");
    Require(MPI_Comm_size(calls_, &world.size), "MPI_Comm_size");
    MPI_Comm of_host = MPI_COMM_NULL;
    Require(MPI_Comm_split_type(calls_, MPI_COMM_TYPE_SHARED, world.rank, MPI_INFO_NULL, &of_host),
            "MPI_Comm_split_type");
    Require(MPI_Comm_rank(of_host, &world.local_rank), "MPI_Comm_rank");
    MPI_Comm_free(&of_host);
    rank_ = world.rank;
    return world;
  }

  void Finalize() override {
    for (auto* comm : {&calls_, &collects_, &notes_}) MPI_Comm_free(comm);
    Require(MPI_Finalize(), "MPI_Finalize");
  }

  void Abort(int code) override { MPI_Abort(MPI_COMM_WORLD, code); }

  Call Gather(const void* mine, void* all, int bytes) override {
    return Request::Of("MPI_Iallgather", [&](MPI_Request* request) {
      return MPI_Iallgather(mine, bytes, MPI_BYTE, all, bytes, MPI_BYTE, calls_, request);
    });
  }

  Call Scatter(const float* mine, const Parts& parts, float* theirs) override {
    // MPI may read these until the call is done.
    struct Lists : Pending {
      Parts received;
      Call call;
      bool IsDone() override { return call->IsDone(); }
    };
    auto lists = std::make_unique<Lists>();
    const int own = parts.counts[rank_];
    for (size_t rank = 0; rank < parts.counts.size(); ++rank) {
      lists->received.counts.push_back(own);
      lists->received.offsets.push_back(own * static_cast<int>(rank));
    }
    lists->call = Request::Of("MPI_Ialltoallv", [&](MPI_Request* request) {
      return MPI_Ialltoallv(mine, parts.counts.data(), parts.offsets.data(), MPI_FLOAT, theirs,
                            lists->received.counts.data(), lists->received.offsets.data(), MPI_FLOAT, calls_, request);
    });
    return lists;
  }

  Call Collect(float* values, const Parts& parts) override {
    return Request::Of("MPI_Iallgatherv", [&](MPI_Request* request) {
      return MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, parts.counts.data(), parts.offsets.data(),
                             MPI_FLOAT, collects_, request);
    });
  }

  Call Broadcast(void* values, int bytes, int root) override {
    return Request::Of(
        "MPI_Ibcast", [&](MPI_Request* request) { return MPI_Ibcast(values, bytes, MPI_BYTE, root, calls_, request); });
  }

  Call Send(const void* note, int bytes, int rank) override {
    return Request::Of(
        "MPI_Isend", [&](MPI_Request* request) { return MPI_Isend(note, bytes, MPI_BYTE, rank, 0, notes_, request); });
  }

  bool Receive(void* note, int bytes) override {
    int there = 0;
    MPI_Status status;
    Require(MPI_Iprobe(MPI_ANY_SOURCE, 0, notes_, &there, &status), "MPI_Iprobe");
    if (there == 0) return false;
    Require(MPI_Recv(note, bytes, MPI_BYTE, status.MPI_SOURCE, 0, notes_, MPI_STATUS_IGNORE), "MPI_Recv");
    return true;
  }

 private:
  static MPI_Comm Duplicate(MPI_Comm comm) {
    MPI_Comm copy = MPI_COMM_NULL;
    Require(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup");
    Require(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    return copy;
  }

  MPI_Comm calls_ = MPI_COMM_NULL, collects_ = MPI_COMM_NULL, notes_ = MPI_COMM_NULL;
  int rank_ = 0;
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that is looked up
extern "C" __attribute__((visibility("default"))) MpiLibrary* tscaffe_mpi_library() {
  static auto* library = new Library();  // never destroyed: MPI is finalized while the process exits
  return library;
}

}  // namespace tscaffe
