#include "net/settings.h"

#include "net/net_access.h"

namespace tscaffe {

// Caffe keeps it three times: its layer asks its own copy whether the top counts, multiplies by the top's diff, which
// is also where backward begins, and the net answers from a third.
void SetLossWeight(caffe::Net<float>& net, int blob, float weight) {
  const auto set_in_layer = [&](int layer) {
    auto& tops = net.top_ids(layer);
    for (size_t top = 0; top < tops.size(); ++top) {
      if (tops[top] != blob) continue;
      net.layers()[layer]->set_loss(static_cast<int>(top), weight);
      return true;
    }
    return false;
  };
  // The last, for layers that work in place have the same top as the one before.
  for (auto layer = static_cast<int>(net.layers().size()) - 1; layer >= 0 && !set_in_layer(layer); --layer) {
  }
  auto& values = *net.blobs()[blob];
  if (values.count() > 0) caffe::caffe_set(values.count(), weight, values.mutable_cpu_diff());
  NetAccess::LossWeights(net)[blob] = weight;
}

float& RateMultiplier(caffe::Net<float>& net, int layer, int param) { return NetAccess::Rate(net, layer, param); }

float& DecayMultiplier(caffe::Net<float>& net, int layer, int param) { return NetAccess::Decay(net, layer, param); }

}  // namespace tscaffe
