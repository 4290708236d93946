// Layers that take values of a bottom as places in memory: class labels, and the indices of Embed and BatchReindex.
// Caffe checks most of them in debug builds alone, and none before backward, which reads them again; in any other build
// a label of 10 among 10 classes reads, and in Accuracy and in backward writes, past the end of a blob: wrong numbers
// without a word, or a crash later and elsewhere.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

class LabelCheck {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;

  // Nothing if the layer reads no labels.
  static std::optional<LabelCheck> For(const caffe::Layer<float>& layer);

  // Throws ERR_CAFFE_LABEL for the first wrong label in the layer's bottoms; `name(i)` is what they are called. Where
  // the shapes do not fit the layer itself says so. Labels that need not be `whole` are what Caffe makes of them: it
  // cuts off the fraction.
  void Require(const Blobs& bottom, bool whole, const std::function<std::string(int)>& name) const;

 private:
  // Where the number of classes is found.
  enum class Classes {
    ALONG_AXIS,    // the size of that axis of the first bottom
    OF_EACH_ITEM,  // as many as each item of the first bottom has values
    ITEMS,         // as many as the first bottom has items
    INPUT_DIM,     // a parameter
  };

  LabelCheck(Classes classes, int number, std::optional<int> ignored, bool may_ignore)
      : classes_(classes), number_(number), ignored_(ignored), may_ignore_(may_ignore) {}

  bool IsRight(float label, int classes, bool whole) const;
  std::string Expected(int classes) const;

  Classes classes_;
  int number_;  // the axis, or the parameter
  std::optional<int> ignored_;
  bool may_ignore_;
};

}  // namespace tscaffe
