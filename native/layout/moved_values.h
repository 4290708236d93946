// Values of a blob that do not lie in its own memory but elsewhere, in another layout, until somebody looks at them.
//
// Whoever looks at a blob asks its SyncedMemory: Caffe's layers and solvers, snapshots, the addon itself. libcaffe's
// functions for that are replaced by ours (see caffe/next_symbol.h), which put the values back first. Only JavaScript
// reads and writes without asking, by arrays that it has been given: such a memory is watched, and its values never
// lie elsewhere when JavaScript runs.
#pragma once

#include <functional>
#include <memory>

#include "caffe/headers.h"

namespace tscaffe {

class MovedValues {
 public:
  MovedValues() = default;
  virtual ~MovedValues() = default;
  MovedValues(const MovedValues&) = delete;
  MovedValues& operator=(const MovedValues&) = delete;

  // Whether the blob's own memory is older than these.
  virtual bool AreNewer() const = 0;
  // Writes them into the blob's own memory. They stay valid.
  virtual void PutBack(void* memory) = 0;
  // The blob's own memory is about to be changed.
  virtual void Outdate() = 0;
};

// Whether libcaffe asks our functions. It does not where it was linked with -Bsymbolic, or where another addon of this
// kind was there before this one. Then no values may be moved.
bool AreLooksSeen();

// The moved values of a memory, made by `make` if there are none. They live as long as the memory.
std::shared_ptr<MovedValues> MovedValuesOf(caffe::SyncedMemory& memory,
                                           const std::function<std::shared_ptr<MovedValues>()>& make);
// Null if there are none.
std::shared_ptr<MovedValues> FindMovedValues(const caffe::SyncedMemory& memory);

// Says that the values are newer than the blob's own memory, which may not even be allocated yet.
void NoteMoved(caffe::SyncedMemory& memory);

// JavaScript has an array on this memory, or has one less.
void Watch(caffe::SyncedMemory& memory);
void Unwatch(const caffe::SyncedMemory& memory);
bool IsWatched(const caffe::SyncedMemory& memory);

}  // namespace tscaffe
