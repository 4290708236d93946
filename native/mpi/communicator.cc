#include "mpi/communicator.h"

#include <dlfcn.h>
#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <utility>

#include "guard/failure.h"
#include "thread/job_runner.h"

namespace tscaffe {

using Clock = Operation::Clock;
using std::chrono::microseconds;

namespace {

Communicator* current = nullptr;

// Of what one collective call takes: MPI counts in ints.
constexpr size_t kMostBytes = size_t{1} << 28;

constexpr const char* kSameCalls = "; all ranks must make the same calls in the same order";

// Of a job that fails, with those who have not said yet that they end.
constexpr auto kPatience = std::chrono::seconds(5);
// Then all are killed. Until then they may print why.
constexpr auto kLastWords = std::chrono::milliseconds(250);

MpiLibrary& Load(const std::string& path) {
  // Open MPI's own plug-ins look for its symbols among those of the process.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  auto* function =
      handle == nullptr ? nullptr : reinterpret_cast<MpiLibraryFunction>(dlsym(handle, kMpiLibraryFunction));
  if (function == nullptr) throw CodedError("ERR_CAFFE_MPI", std::string("MPI cannot be loaded: ") + dlerror());
  return *function();
}

}  // namespace

// What one rank tells another of its end.
struct Communicator::Note {
  int32_t rank, code;
  int32_t left;        // it has come to the end of its program
  int64_t operations;  // that it has started, and takes part in
  char text[1000];
};

Communicator* Communicator::Current() { return current; }

Communicator& Communicator::Join(const std::string& library, const std::string& host) {
  if (current == nullptr) {
    auto* communicator = new Communicator(Load(library), host);  // never destroyed: its thread ends with Leave
    Lock lock(communicator->mutex_);
    communicator->changed_.wait(lock, [&] { return communicator->has_begun_; });
    if (!communicator->failure_.empty()) throw CodedError("ERR_CAFFE_MPI", communicator->failure_);
    current = communicator;
  }
  return *current;
}

Communicator::Communicator(MpiLibrary& library, std::string host)
    : library_(library),
      host_(std::move(host)),
      failed_from_(std::numeric_limits<int64_t>::max()),
      thread_([this] { Work(); }) {}

void Communicator::Start(const Operation::Pointer& operation) {
  const Lock lock(mutex_);
  operation->number_ = started_++;
  operation->is_done_ = false;
  new_.push_back(operation);
  has_new_ = true;
  to_do_.notify_one();
}

void Communicator::Wait(const Operation& operation) {
  struct Waiting {
    std::atomic<int>& count;
    explicit Waiting(std::atomic<int>& count) : count(count) { ++count; }
    ~Waiting() { --count; }
  } waiting(waiting_);
  Lock lock(mutex_);
  while (!operation.is_done_) {
    if (operation.number_ >= failed_from_) throw CodedError("ERR_CAFFE_MPI", failure_);
    changed_.wait_for(lock, std::chrono::milliseconds(100));
    if (auto* runner = JobRunner::Current()) runner->RequireOpen();
  }
}

// A call that a rank is about to make. It is larger than the report of an iteration, so that a rank that trains
// meanwhile gets an error of MPI. What comes in its place and is smaller is not an error, but lacks the mark.
struct Communicator::Announced {
  static constexpr uint64_t kMark = 0x7c15'9f4a'7ca1'1ed5ULL;
  uint64_t mark;
  int64_t count;
  int32_t root;
  char call[44];

  std::string Text() const {
    std::string text(call, strnlen(call, sizeof call));
    if (count > 0) text += " of " + std::to_string(count) + " values";
    return root == 0 ? text : text + " of rank " + std::to_string(root);
  }
};

void Communicator::Agree(const std::string& call, int64_t count, int root) {
  Announced own{Announced::kMark, count, root, {}};
  std::snprintf(own.call, sizeof own.call, "%s", call.c_str());
  const auto all = Gather(own);
  for (int rank = 0; rank < Size(); ++rank) {
    if (all[rank].mark == Announced::kMark) continue;
    const auto text = "rank " + std::to_string(rank) + " does something else than " + own.Text() + kSameCalls;
    Fail(text);
    throw CodedError("ERR_CAFFE_MPI", text);
  }
  for (int rank = 1; rank < Size(); ++rank) {
    if (std::memcmp(&all[rank], all.data(), sizeof own) == 0) continue;
    throw CodedError("ERR_CAFFE_MPI", "rank 0 calls " + all[0].Text() + ", but rank " + std::to_string(rank) + " " +
                                          all[rank].Text() + kSameCalls);
  }
}

void Communicator::Sum(float* values, size_t count) {
  for (size_t begin = 0; begin < count; begin += kMostBytes / sizeof(float)) {
    const size_t part = std::min(kMostBytes / sizeof(float), count - begin);
    auto sum = std::make_shared<SumOperation>(world_, part);
    std::copy_n(values + begin, part, sum->Values());
    Start(sum);
    Wait(*sum);
    std::copy_n(sum->Values(), part, values + begin);
  }
}

void Communicator::Broadcast(void* values, size_t bytes, int root) {
  auto* all = static_cast<char*>(values);
  for (size_t begin = 0; begin < bytes; begin += kMostBytes) {
    const size_t part = std::min(kMostBytes, bytes - begin);
    auto broadcast = std::make_shared<BroadcastOperation>(part, root);
    if (root == Rank()) std::copy_n(all + begin, part, broadcast->values.data());
    Start(broadcast);
    Wait(*broadcast);
    std::copy_n(broadcast->values.data(), part, all + begin);
  }
}

std::string Communicator::Broadcast(std::string text, int root) {
  uint64_t length = text.size();
  Broadcast(&length, sizeof length, root);
  text.resize(length);
  Broadcast(text.data(), length, root);
  return text;
}

void Communicator::GatherBytes(const void* mine, void* all, size_t bytes) {
  auto gather = std::make_shared<GatherOperation>(world_, bytes);
  std::memcpy(gather->mine.data(), mine, bytes);
  Start(gather);
  Wait(*gather);
  std::memcpy(all, gather->all.data(), gather->all.size());
}

void Communicator::Fail(const std::string& text) {
  const Lock lock(mutex_);
  if (!failure_.empty()) return;  // the others know, or have told
  failure_ = "this rank has failed before: " + text;
  FailHere(started_, text);
}

// Of MPI itself, which cannot be trusted any more.
void Communicator::Fail(const std::exception& error) {
  const Lock lock(mutex_);
  if (failed_from_ == 0) return;
  const auto text = std::string("MPI has failed: ") + error.what() + kSameCalls;
  if (failure_.empty()) failure_ = text;
  FailHere(0, text);
}

// With the lock. The others hear of it.
void Communicator::FailHere(int64_t from, const std::string& text) {
  failed_here_ = true;
  failed_from_ = from;
  auto note = std::make_unique<Note>(Note{Rank(), 1, 0, from, {}});
  std::snprintf(note->text, sizeof note->text, "rank %d (%s) has failed: %s", Rank(), host_.c_str(), text.c_str());
  notes_.push_back(std::move(note));
  has_new_ = true;
  to_do_.notify_one();
  changed_.notify_all();
}

void Communicator::Fail(int64_t from, const std::string& text) {
  const Lock lock(mutex_);
  if (failure_.empty()) failure_ = text;
  failed_from_ = std::min(failed_from_, from);
  changed_.notify_all();
}

std::string Communicator::Leave(int code, const std::string& text) {
  {
    const Lock lock(mutex_);
    auto note = std::make_unique<Note>(Note{Rank(), code, 1, started_, {}});
    const std::string how = text.empty() ? "with exit code " + std::to_string(code) : "of this: " + text;
    std::snprintf(note->text, sizeof note->text, "rank %d (%s) has ended %s", Rank(), host_.c_str(), how.c_str());
    notes_.push_back(std::move(note));
    exit_code_ = code;
    leaves_ = has_new_ = true;
    to_do_.notify_one();
  }
  thread_.join();
  const Lock lock(mutex_);  // a run may be under way, or begin; nobody completes its operations
  failure_ = "MPI has been finalized";
  failed_from_ = 0;
  changed_.notify_all();
  return bad_end_;
}

// From here on, MPI's thread.

void Communicator::Work() {
  prctl(PR_SET_NAME, "tscaffe-mpi");
  prctl(PR_SET_TIMERSLACK, 1000);  // short rests are to be short
  try {
    BeginWorld();
  } catch (const std::exception& error) {
    Fail(error);
  }
  {
    const Lock lock(mutex_);
    has_begun_ = true;
    changed_.notify_all();
    if (!failure_.empty()) return;
  }
  progress_ = Clock::now();
  bool leaves = false;
  while (!leaves) {
    try {
      BeginNew();
      AdvanceAll();
      TakeNotes();
      SendNotes();
    } catch (const std::exception& error) {
      Fail(error);
      std::move(active_.begin(), active_.end(), std::back_inserter(abandoned_));
      active_.clear();
    }
    Pause();
    const Lock lock(mutex_);
    leaves = leaves_ && new_.empty() && notes_.empty();
  }
  EndJob();
}

void Communicator::BeginWorld() { world_ = library_.Init(); }

void Communicator::BeginNew() {
  if (!has_new_.exchange(false)) return;
  std::deque<Operation::Pointer> begun;
  {
    const Lock lock(mutex_);
    // What a rank that has failed does not begin, nobody can complete.
    std::copy_if(new_.begin(), new_.end(), std::back_inserter(begun),
                 [this](auto& operation) { return operation->number_ < failed_from_; });
    new_.clear();
  }
  for (auto& operation : begun) {
    operation->began_ = Clock::now();
    operation->Begin(library_);
    active_.push_back(operation);
    progress_ = Clock::now();
  }
}

void Communicator::AdvanceAll() {
  bool in_turn = true;
  std::vector<Operation::Pointer> over;
  for (auto& operation : active_) {
    operation->Advance(library_, in_turn);
    in_turn = in_turn && operation->IsLast();
    if (operation->IsOver()) over.push_back(operation);
  }
  if (over.empty()) return;
  active_.erase(std::remove_if(active_.begin(), active_.end(), [](auto& operation) { return operation->IsOver(); }),
                active_.end());
  EndAll(over);
}

void Communicator::EndAll(const std::vector<Operation::Pointer>& over) {
  progress_ = Clock::now();
  const Lock lock(mutex_);
  for (auto& operation : over) {
    operation->ended_ = progress_;
    operation->is_done_ = true;
  }
  changed_.notify_all();
}

void Communicator::TakeNotes() {
  Note note;
  while (library_.Receive(&note, sizeof note)) {
    if (note.left != 0) ++left_;
    if (note.code != 0 && bad_end_.empty()) bad_end_ = note.text;
    Fail(note.operations, note.text);
  }
}

void Communicator::SendNotes() {
  std::deque<std::unique_ptr<Note>> notes;
  {
    const Lock lock(mutex_);
    notes.swap(notes_);
  }
  for (auto& note : notes) {
    sent_notes_.push_back(std::move(note));  // whatever fails now, MPI may be reading it
    for (int rank = 0; rank < Size(); ++rank) {
      if (rank != Rank()) sent_.push_back(library_.Send(sent_notes_.back().get(), sizeof(Note), rank));
    }
  }
  sent_.erase(std::remove_if(sent_.begin(), sent_.end(), [](auto& call) { return call->IsDone(); }), sent_.end());
}

// Caffe's threads may need the processor that this one would wait on. A rank that waits for its gradients does not, but
// for longer than the network takes it need not wait at full speed either.
void Communicator::Pause() {
  const bool idle = active_.empty() && sent_.empty();
  if (idle && waiting_ == 0) {
    Lock lock(mutex_);
    to_do_.wait(lock, [&] { return has_new_ || leaves_; });
    progress_ = Clock::now();
  } else if (waiting_ > 0 && Clock::now() - progress_ < microseconds(500)) {
    sched_yield();
  } else {
    std::this_thread::sleep_for(microseconds(waiting_ > 0 ? 20 : 50));
  }
}

void Communicator::EndJob() {
  std::string own;
  {
    const Lock lock(mutex_);
    if (failed_here_) own = failure_;
  }
  if (own.empty() && exit_code_ != 0) own = "this rank has ended with exit code " + std::to_string(exit_code_);
  const bool first = !own.empty() && (failed_here_ || bad_end_.empty());
  if (bad_end_.empty()) bad_end_ = own;
  try {
    AwaitOthers();
    if (bad_end_.empty()) {
      library_.Finalize();
    } else if (first) {
      std::this_thread::sleep_for(kLastWords);
      library_.Abort(std::max(1, exit_code_));
    }
  } catch (const std::exception& error) {
    bad_end_ = std::string("MPI cannot end: ") + error.what();
  }
}

// If one has failed they have some time to say so. Else they may compute for however long.
void Communicator::AwaitOthers() {
  auto until = Clock::now() + kPatience;
  while (left_ < Size() - 1 || !sent_.empty()) {
    if (bad_end_.empty()) until = Clock::now() + kPatience;
    if (Clock::now() > until) return;
    AdvanceAll();
    TakeNotes();
    SendNotes();
    std::this_thread::sleep_for(microseconds(200));
  }
}

}  // namespace tscaffe
