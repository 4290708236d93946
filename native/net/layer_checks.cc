#include "net/layer_checks.h"

#include <algorithm>

namespace tscaffe {

namespace {

// The name that the prototxt gives a blob: Caffe puts a Split layer, with tops of names of its own, behind a blob that
// several layers read.
std::string NameInPrototxt(const caffe::Net<float>& net, int blob) {
  for (size_t layer = 0; layer < net.layers().size(); ++layer) {
    auto& tops = net.top_ids(static_cast<int>(layer));
    const bool is_split = std::string(net.layers()[layer]->type()) == "Split";
    if (is_split && std::find(tops.begin(), tops.end(), blob) != tops.end()) {
      return net.blob_names()[net.bottom_ids(static_cast<int>(layer))[0]];
    }
  }
  return net.blob_names()[blob];
}

}  // namespace

LayerChecks::LayerChecks(caffe::Net<float>& net) : net_(net) {
  checks_.reserve(net.layers().size());
  for (size_t i = 0; i < net.layers().size(); ++i) {
    checks_.emplace_back(*net.layers()[i], net.top_vecs()[i]);
    checks_.back().TakeSetUpForForward(net.bottom_vecs()[i], net.top_vecs()[i]);
  }
  net.add_before_forward(&before_forward_);
  net.add_after_forward(&after_forward_);
  net.add_before_backward(&before_backward_);
}

std::string LayerChecks::NameOf(int layer, Role role, int index) const {
  if (role == Role::PARAM) return "params." + net_.layer_names()[layer] + "[" + std::to_string(index) + "]";
  return NameInPrototxt(net_, role == Role::BOTTOM ? net_.bottom_ids(layer)[index] : net_.top_ids(layer)[index]);
}

void LayerChecks::BeforeForward(int layer) {
  checks_[layer].BeforeForward(net_.bottom_vecs()[layer], net_.top_vecs()[layer], whole_labels_,
                               [this, layer](Role role, int index) { return NameOf(layer, role, index); });
}

void LayerChecks::AfterForward(int layer) {
  checks_[layer].AfterForward(net_.bottom_vecs()[layer], net_.top_vecs()[layer]);
}

// Caffe calls it for layers too that have nothing to compute.
void LayerChecks::BeforeBackward(int layer) {
  if (!net_.layer_need_backward()[layer]) return;
  checks_[layer].BeforeBackward(net_.bottom_vecs()[layer], net_.top_vecs()[layer], whole_labels_,
                                [this, layer](Role role, int index) { return NameOf(layer, role, index); });
}

void LayerChecks::BeforeReshape() {
  for (size_t i = 0; i < checks_.size(); ++i) BeforeReshape(static_cast<int>(i));
}

void LayerChecks::BeforeReshape(int layer) {
  checks_[layer].BeforeReshape(net_.bottom_vecs()[layer], net_.top_vecs()[layer]);
}

void LayerChecks::SetUp(int layer) { checks_[layer].SetUp(net_.bottom_vecs()[layer], net_.top_vecs()[layer]); }

}  // namespace tscaffe
