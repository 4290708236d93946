// The shapes of a layer's blobs at one moment.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

// What a blob is to its layer.
enum class Role { BOTTOM, TOP, PARAM };

class SeenShapes {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;
  using Shape = std::vector<int>;

  struct Difference {
    Role role;
    int index;  // among those of its role
    const Shape& seen;
    const Shape& now;
  };

  bool AreKnown() const { return are_known_; }
  void Forget() { are_known_ = false; }
  void Note(const caffe::Layer<float>& layer, const Blobs& bottom, const Blobs& top);

  // The first blob whose shape is another one now; nothing if there is none. They must be known.
  std::optional<Difference> FindDifference(const caffe::Layer<float>& layer, const Blobs& bottom,
                                           const Blobs& top) const;

 private:
  bool are_known_ = false;
  std::vector<Shape> shapes_;  // of bottoms, tops and learnable blobs, one after another
};

}  // namespace tscaffe
