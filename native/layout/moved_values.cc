#include "layout/moved_values.h"

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "caffe/next_symbol.h"
#include "caffe/reveal.h"

namespace tscaffe {

using caffe::SyncedMemory;

struct NewestAt {
  using Member = SyncedMemory::SyncedHead SyncedMemory::*;
  friend Member Get(NewestAt);
};
template struct Reveal<NewestAt, &SyncedMemory::head_>;

struct HostMemory {
  using Member = void* SyncedMemory::*;
  friend Member Get(HostMemory);
};
template struct Reveal<HostMemory, &SyncedMemory::cpu_ptr_>;

namespace {

// What is known of one memory.
struct Note {
  std::shared_ptr<MovedValues> values;
  int arrays = 0;  // of JavaScript
};

// By memory. Nets of several threads ask it, and the threads that read data.
struct Notes {
  std::mutex mutex;
  std::unordered_map<const SyncedMemory*, Note> notes;
  // Its size, and how many of them have values: who uses no engine pays for a load.
  std::atomic<size_t> count{0}, moved{0};
};

Notes& AllNotes() {
  static auto& notes = *new Notes;  // memories are freed until the very end of the process
  return notes;
}

thread_local bool look_was_seen = false;

// libcaffe's own functions.
void* OwnMutableData(SyncedMemory& memory) {
  static const auto own = Next<void* (*)(SyncedMemory*)>("_ZN5caffe12SyncedMemory16mutable_cpu_dataEv");
  return own(&memory);
}

// Before anybody sees the memory.
void BringBack(SyncedMemory& memory, bool to_be_changed) {
  look_was_seen = true;
  if (AllNotes().moved == 0) return;
  const auto values = FindMovedValues(memory);
  if (values == nullptr) return;
  if (values->AreNewer()) {
    // Memory that was never allocated was said to be there, in NoteMoved.
    if (memory.*Get(HostMemory()) == nullptr) memory.*Get(NewestAt()) = SyncedMemory::UNINITIALIZED;
    values->PutBack(OwnMutableData(memory));
  }
  if (to_be_changed) values->Outdate();
}

void Forget(const SyncedMemory& memory) {
  auto& all = AllNotes();
  if (all.count == 0) return;
  Note note;  // let go of without the lock
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.notes.find(&memory);
  if (found == all.notes.end()) return;
  note = std::move(found->second);
  all.notes.erase(found);
  all.count = all.notes.size();
  if (note.values != nullptr) --all.moved;
}

}  // namespace

bool AreLooksSeen() {
  static const bool seen = [] {
    caffe::Blob<float> blob({1});
    look_was_seen = false;
    blob.cpu_data();
    return look_was_seen;
  }();
  return seen;
}

std::shared_ptr<MovedValues> MovedValuesOf(SyncedMemory& memory,
                                           const std::function<std::shared_ptr<MovedValues>()>& make) {
  auto& all = AllNotes();
  const std::lock_guard<std::mutex> lock(all.mutex);
  auto& note = all.notes[&memory];
  all.count = all.notes.size();
  if (note.values == nullptr) {
    note.values = make();
    ++all.moved;
  }
  return note.values;
}

std::shared_ptr<MovedValues> FindMovedValues(const SyncedMemory& memory) {
  auto& all = AllNotes();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.notes.find(&memory);
  return found == all.notes.end() ? nullptr : found->second.values;
}

// Blob's sums take memory that is not initialized for zeros, without asking for it.
void NoteMoved(SyncedMemory& memory) { memory.*Get(NewestAt()) = SyncedMemory::HEAD_AT_CPU; }

void Watch(SyncedMemory& memory) {
  auto& all = AllNotes();
  {
    const std::lock_guard<std::mutex> lock(all.mutex);
    ++all.notes[&memory].arrays;
    all.count = all.notes.size();
  }
  BringBack(memory, true);
}

void Unwatch(const SyncedMemory& memory) {
  auto& all = AllNotes();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.notes.find(&memory);
  if (found == all.notes.end()) return;
  if (--found->second.arrays > 0 || found->second.values != nullptr) return;
  all.notes.erase(found);
  all.count = all.notes.size();
}

bool IsWatched(const SyncedMemory& memory) {
  auto& all = AllNotes();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.notes.find(&memory);
  return found != all.notes.end() && found->second.arrays > 0;
}

}  // namespace tscaffe

namespace caffe {

const void* SyncedMemory::cpu_data() {
  static const auto own = tscaffe::Next<const void* (*)(SyncedMemory*)>("_ZN5caffe12SyncedMemory8cpu_dataEv");
  tscaffe::BringBack(*this, false);
  return own(this);
}

void* SyncedMemory::mutable_cpu_data() {
  tscaffe::BringBack(*this, true);
  return tscaffe::OwnMutableData(*this);
}

void SyncedMemory::set_cpu_data(void* data) {
  static const auto own = tscaffe::Next<void (*)(SyncedMemory*, void*)>("_ZN5caffe12SyncedMemory12set_cpu_dataEPv");
  tscaffe::BringBack(*this, true);
  own(this, data);
}

#ifndef CPU_ONLY
const void* SyncedMemory::gpu_data() {
  static const auto own = tscaffe::Next<const void* (*)(SyncedMemory*)>("_ZN5caffe12SyncedMemory8gpu_dataEv");
  tscaffe::BringBack(*this, false);
  return own(this);
}

void* SyncedMemory::mutable_gpu_data() {
  static const auto own = tscaffe::Next<void* (*)(SyncedMemory*)>("_ZN5caffe12SyncedMemory16mutable_gpu_dataEv");
  tscaffe::BringBack(*this, true);
  return own(this);
}

void SyncedMemory::set_gpu_data(void* data) {
  static const auto own = tscaffe::Next<void (*)(SyncedMemory*, void*)>("_ZN5caffe12SyncedMemory12set_gpu_dataEPv");
  tscaffe::BringBack(*this, true);
  own(this, data);
}
#endif

SyncedMemory::~SyncedMemory() {
  static const auto own = tscaffe::Next<void (*)(SyncedMemory*)>("_ZN5caffe12SyncedMemoryD1Ev");
  tscaffe::Forget(*this);
  own(this);
}

}  // namespace caffe
