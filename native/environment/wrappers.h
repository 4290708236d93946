// The C++ sides of JavaScript objects, as far as much memory hangs on them.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>

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

// A wrapper that has handed out arrays or pointers to Caffe's memory.
class Viewer {
 public:
  // Ends those that are not right any more, and confirms those that are.
  virtual void CheckViews() = 0;

 protected:
  ~Viewer() = default;
};

}  // namespace tscaffe
