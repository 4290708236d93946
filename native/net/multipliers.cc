#include "net/multipliers.h"

#include <vector>

namespace tscaffe {

namespace {

// Protected members, reached as in solver/solver_access.h.
struct NetAccess : caffe::Net<float> {
  using Base = caffe::Net<float>;
  static float& Rate(Base& net, int layer, int param) { return At(net.*(&NetAccess::params_lr_), net, layer, param); }
  static float& Decay(Base& net, int layer, int param) {
    return At(net.*(&NetAccess::params_weight_decay_), net, layer, param);
  }

 private:
  static float& At(std::vector<float>& multipliers, Base& net, int layer, int param) {
    const int blob = (net.*(&NetAccess::param_id_vecs_)).at(layer).at(param);
    return multipliers.at((net.*(&NetAccess::learnable_param_ids_)).at(blob));
  }
};

}  // namespace

float& RateMultiplier(caffe::Net<float>& net, int layer, int param) { return NetAccess::Rate(net, layer, param); }

float& DecayMultiplier(caffe::Net<float>& net, int layer, int param) { return NetAccess::Decay(net, layer, param); }

}  // namespace tscaffe
