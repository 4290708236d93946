// The C++ sides of JavaScript objects, as far as much memory hangs on them.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "caffe/headers.h"

namespace tscaffe {

class Wrappers;

class Wrapper {
 public:
  explicit Wrapper(std::shared_ptr<Wrappers> all);
  Wrapper(const Wrapper&) = delete;
  Wrapper& operator=(const Wrapper&) = delete;

  // Whether its object is gone. Within a handle scope.
  virtual bool IsCollected() const = 0;
  // Lets go of all that its finalizer would free.
  virtual void Abandon() = 0;

 protected:
  ~Wrapper();

 private:
  const std::shared_ptr<Wrappers> all_;
};

// A finalizer waits for the event loop, and with it the memory that it would free: a loop that built net after net and
// never yielded kept them all, 4 MB each, where pycaffe keeps one. So those whose object is gone are told to let go
// when others are made.
class Wrappers {
 public:
  // Looks at them when there are `least` or more, and twice as many as were left the last time.
  explicit Wrappers(size_t least) : least_(least), look_at_(least) {}

 private:
  friend class Wrapper;
  void ReleaseCollected();

  const size_t least_;
  size_t look_at_;
  std::unordered_set<Wrapper*> wrappers_;
};

// A wrapper that hands out arrays or pointers to Caffe's memory.
class Viewer {
 public:
  // Ends those that are not right any more, and confirms those that are. A viewer that has none left takes itself out.
  virtual void CheckViews() = 0;

 protected:
  ~Viewer() = default;
};

class Blob;

// The wrappers of blobs: a blob has one at a time, and some of them have handed out views.
class BlobWrappers : public Wrappers {
 public:
  using Key = const caffe::Blob<float>*;

  BlobWrappers() : Wrappers(64) {}

  // The live wrapper of a blob; null if it has none. (It may be collected, and not finalized yet.)
  Blob* Find(Key blob) const {
    auto known = of_blob_.find(blob);
    return known == of_blob_.end() ? nullptr : known->second;
  }
  void Set(Key blob, Blob* wrapper) { of_blob_[blob] = wrapper; }
  void Remove(Key blob) { of_blob_.erase(blob); }

  void AddViewer(Viewer* viewer) { viewers_.insert(viewer); }
  void RemoveViewer(Viewer* viewer) { viewers_.erase(viewer); }
  void CheckViews() {
    for (auto it = viewers_.begin(); it != viewers_.end();) {
      Viewer* viewer = *it++;  // one without live views leaves the set
      viewer->CheckViews();
    }
  }

 private:
  std::unordered_map<Key, Blob*> of_blob_;
  std::unordered_set<Viewer*> viewers_;
};

}  // namespace tscaffe
