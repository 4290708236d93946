// Layers that are computed in one: a head, and behind it a tail of layers that change its top in place.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace tscaffe {

struct Tail;

class TailLayer {
 public:
  virtual ~TailLayer() = default;
  // Adds what the layer does to a tail. False where that cannot be computed in one with what the tail has.
  virtual bool Join(Tail& tail) const = 0;
  // Whether its backward needs what its own forward has left.
  virtual bool NeedsOwnForward() const = 0;
  // Whether its next forward finds all done. Said before each forward of a net.
  void SetComputed(bool whether) { is_computed_ = whether; }

 protected:
  bool IsComputed() const { return is_computed_; }

 private:
  bool is_computed_ = false;
};

class HeadLayer {
 public:
  virtual ~HeadLayer() = default;
  // What its next forward may compute as well: the layers behind it. Said before each forward of a net.
  void SetTail(std::vector<TailLayer*> tail) { tail_ = std::move(tail); }
  // How many of these its last forward has computed.
  size_t Computed() const { return computed_; }

 protected:
  std::vector<TailLayer*> tail_;
  size_t computed_ = 0;
};

}  // namespace tscaffe
