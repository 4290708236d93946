#include "net/forward_checks.h"

#include <algorithm>
#include <string>

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

ForwardChecks::ForwardChecks(caffe::Net<float>& net) : net_(net) {
  checks_.reserve(net.layers().size());
  for (size_t i = 0; i < net.layers().size(); ++i) checks_.emplace_back(*net.layers()[i], net.top_vecs()[i]);
  net.add_before_forward(this);
  net.add_after_forward(&after_forward_);
}

void ForwardChecks::AfterForward::run(int layer) { checks_.checks_[layer].After(); }

void ForwardChecks::run(int index) {
  checks_[index].Before(net_.bottom_vecs()[index], net_.top_vecs()[index], check_labels_,
                        [&](int i) { return NameInPrototxt(net_, net_.bottom_ids(index)[i]); });
}

}  // namespace tscaffe
