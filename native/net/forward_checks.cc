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
  for (size_t i = 0; i < net.layers().size(); ++i) {
    const auto& layer = *net.layers()[i];
    checks_.push_back({LabelCheck::For(layer), {}, {}});
    if (UnfinishedRead::MayHappen(layer)) checks_.back().read.emplace();
    if (!GrownLoss::MayGrow(layer, net.top_vecs()[i])) continue;
    checks_.back().grown_loss.emplace();
    checks_.back().grown_loss->Note(layer, net.top_vecs()[i]);
  }
  net.add_before_forward(this);
  net.add_after_forward(&after_forward_);
}

void ForwardChecks::AfterForward::run(int layer) {
  if (auto& read = checks_.checks_[layer].read) read->End();
}

void ForwardChecks::run(int index) {
  auto& [labels, grown_loss, read] = checks_[index];
  if (read) read->Begin();
  if (labels && check_labels_) {
    labels->Require(net_.bottom_vecs()[index], [&](int i) { return NameInPrototxt(net_, net_.bottom_ids(index)[i]); });
  }
  if (grown_loss) {
    auto& layer = *net_.layers()[index];
    // The layer would give its tops their size only in its own forward, which then computes the loss.
    layer.Reshape(net_.bottom_vecs()[index], net_.top_vecs()[index]);
    grown_loss->Restore(layer, net_.top_vecs()[index]);
  }
}

}  // namespace tscaffe
