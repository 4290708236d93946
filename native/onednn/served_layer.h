// Layers of Caffe's own classes whose passes oneDNN may compute. Shapes, fillers, learnable blobs and all else of them
// stay Caffe's: they derive from Caffe's classes.
#pragma once

#include <list>
#include <string>
#include <utility>
#include <vector>

#include "caffe/headers.h"
#include "engine/engine.h"
#include "onednn/tensor.h"

namespace tscaffe {

using Blobs = std::vector<caffe::Blob<float>*>;

// What may compute a pass.
enum class Way {
  CAFFE,    // Caffe's own code
  BLOCKED,  // oneDNN, in the layouts that it likes best
  PLAIN     // oneDNN, in Caffe's layout
};

class ServedLayer {
 public:
  virtual ~ServedLayer() = default;
  // Whether oneDNN computes at least one pass: of the shapes that were seen last, or as far as is known before.
  virtual bool IsServed() const = 0;
};

// What was made for the layouts that were seen last. A net that is reshaped in each iteration does not gather them.
template <class Made>
class Memo {
 public:
  template <class Make>
  Made& For(const std::vector<Desc>& layouts, Make&& make) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != layouts) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entries_.front().second;
    }
    entries_.emplace_front(layouts, make());
    if (entries_.size() > kMost) entries_.pop_back();
    return entries_.front().second;
  }

 private:
  static constexpr size_t kMost = 8;
  std::list<std::pair<std::vector<Desc>, Made>> entries_;
};

// The way that was chosen for a pass, as long as its bottom keeps its shape.
class ChosenWay {
 public:
  // Of the last shape; before any, what oneDNN has counts as served.
  bool IsCaffe() const { return way_ == Way::CAFFE; }

  template <class Choose>
  Way For(const caffe::Blob<float>& bottom, Choose&& choose) {
    if (!is_known_ || shape_ != bottom.shape()) {
      way_ = choose();
      shape_ = bottom.shape();
      is_known_ = true;
    }
    return way_;
  }

 private:
  Way way_ = Way::BLOCKED;
  bool is_known_ = false;
  std::vector<int> shape_;
};

// What the factors of convolutions and products are rounded to, in the net that this thread builds. The products are
// summed as float32 in any case, and all that lies in blobs is float32.
inline Type TypeOfFactors() { return EngineOfNet() == Engine::ONEDNN_BF16 ? Type::bf16 : Type::f32; }

inline Dims DimsOf(const caffe::Blob<float>& blob) { return {blob.shape().begin(), blob.shape().end()}; }

}  // namespace tscaffe
