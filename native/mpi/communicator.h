// This process among those of its job: what all ranks do together, and what one hears of the end of another. MPI has a
// thread to itself, so that it goes on while Caffe computes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mpi/library.h"
#include "mpi/operation.h"

namespace tscaffe {

class Communicator {
 public:
  // Loads tscaffe-mpi.so and begins MPI, once per process. Throws ERR_CAFFE_MPI where that cannot be.
  static Communicator& Join(const std::string& library, const std::string& host);
  // Null before that: this process is alone.
  static Communicator* Current();

  const MpiLibrary::World& World() const { return world_; }
  int Rank() const { return world_.rank; }
  int Size() const { return world_.size; }

  // All ranks start the same operations in the same order.
  void Start(const Operation::Pointer& operation);
  // Throws ERR_CAFFE_MPI if a rank has failed or left that was to take part.
  void Wait(const Operation& operation);
  // When it began and ended; once it is done.
  struct Times {
    Operation::Clock::time_point began, ended;
  };
  static Times TimesOf(const Operation& operation) { return {operation.began_, operation.ended_}; }

  // Throws ERR_CAFFE_MPI on all ranks unless all make this call, of as much and of the same root. What follows would be
  // garbage: MPI does not say that others send less, or call something else.
  void Agree(const std::string& call, int64_t count = 0, int root = 0);

  // Start and Wait in one. All ranks have agreed on it.
  void Sum(float* values, size_t count);
  void Broadcast(void* values, size_t bytes, int root);
  template <class T>
  std::vector<T> Gather(const T& mine) {
    std::vector<T> all(Size());
    GatherBytes(&mine, all.data(), sizeof(T));
    return all;
  }
  void GatherBytes(const void* mine, void* all, size_t bytes);
  // A text of one rank, to all.
  std::string Broadcast(std::string text, int root);

  // This rank cannot take part in what comes: tells the others why. Whatever any rank starts from now on fails.
  void Fail(const std::string& text);
  // The end of the process. Waits for the others, and finalizes MPI if all end well; otherwise ends them all. Returns
  // why not all have ended well, or nothing. `text` says what has ended this process, or is empty.
  std::string Leave(int code, const std::string& text);

 private:
  struct Note;
  struct Announced;
  using Lock = std::unique_lock<std::mutex>;

  Communicator(MpiLibrary& library, std::string host);
  void Work();
  void BeginWorld();
  void BeginNew();
  void AdvanceAll();
  void EndAll(const std::vector<Operation::Pointer>& over);
  void TakeNotes();
  void SendNotes();
  void Pause();
  void EndJob();
  void AwaitOthers();
  void Fail(const std::exception& error);
  void FailHere(int64_t from, const std::string& text);
  void Fail(int64_t from, const std::string& text);

  MpiLibrary& library_;
  const std::string host_;
  MpiLibrary::World world_{};
  std::atomic<int> waiting_{0};  // for operations, so MPI's thread does not rest
  std::atomic<bool> has_new_{true};
  Operation::Clock::time_point progress_;          // MPI's thread: when something was done last
  std::vector<Operation::Pointer> active_;         // MPI's thread
  std::vector<Operation::Pointer> abandoned_;      // MPI's thread: when MPI fails it may go on writing to them
  std::vector<MpiLibrary::Call> sent_;             // MPI's thread: notes that are under way
  std::vector<std::unique_ptr<Note>> sent_notes_;  // and what is in them
  int left_ = 0;                                   // MPI's thread: other ranks
  std::string bad_end_;                            // MPI's thread: of another rank, or of MPI

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_, to_do_;
  std::deque<Operation::Pointer> new_;
  std::deque<std::unique_ptr<Note>> notes_;  // to be sent
  int64_t started_ = 0;
  int64_t failed_from_;  // no operation from this one on is completed
  std::string failure_;
  bool has_begun_ = false, failed_here_ = false, leaves_ = false;
  int exit_code_ = 0;
  std::thread thread_;
};

}  // namespace tscaffe
