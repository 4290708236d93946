#include "layer/seen_shapes.h"

namespace tscaffe {

namespace {

// Calls visit(role, index among those of its role, blob) for each, until one call is true.
template <class Visit>
void VisitBlobs(const caffe::Layer<float>& layer, const SeenShapes::Blobs& bottom, const SeenShapes::Blobs& top,
                Visit&& visit) {
  for (size_t i = 0; i < bottom.size(); ++i) {
    if (visit(Role::BOTTOM, static_cast<int>(i), *bottom[i])) return;
  }
  for (size_t i = 0; i < top.size(); ++i) {
    if (visit(Role::TOP, static_cast<int>(i), *top[i])) return;
  }
  // Caffe has no const way to them.
  auto& params = const_cast<caffe::Layer<float>&>(layer).blobs();
  for (size_t i = 0; i < params.size(); ++i) {
    if (visit(Role::PARAM, static_cast<int>(i), *params[i])) return;
  }
}

}  // namespace

void SeenShapes::Note(const caffe::Layer<float>& layer, const Blobs& bottom, const Blobs& top) {
  size_t at = 0;
  VisitBlobs(layer, bottom, top, [&](Role, int, const caffe::Blob<float>& blob) {
    if (at == shapes_.size()) shapes_.emplace_back();
    shapes_[at++] = blob.shape();  // into the memory that is there
    return false;
  });
  shapes_.resize(at);
  are_known_ = true;
}

std::optional<SeenShapes::Difference> SeenShapes::FindDifference(const caffe::Layer<float>& layer, const Blobs& bottom,
                                                                 const Blobs& top) const {
  static const Shape kNone;
  std::optional<Difference> difference;
  size_t at = 0;
  VisitBlobs(layer, bottom, top, [&](Role role, int index, const caffe::Blob<float>& blob) {
    const Shape& seen = at < shapes_.size() ? shapes_[at] : kNone;
    ++at;
    if (seen == blob.shape()) return false;
    difference.emplace(Difference{role, index, seen, blob.shape()});
    return true;
  });
  return difference;
}

}  // namespace tscaffe
