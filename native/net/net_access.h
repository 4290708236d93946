// The protected members of Caffe's nets and layers that a binding needs, reached as in solver/solver_access.h.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

struct NetAccess : caffe::Net<float> {
  using Base = caffe::Net<float>;
  static std::vector<float>& LossWeights(Base& net) { return net.*(&NetAccess::blob_loss_weights_); }
  static float& Rate(Base& net, int layer, int param) { return At(net.*(&NetAccess::params_lr_), net, layer, param); }
  static float& Decay(Base& net, int layer, int param) {
    return At(net.*(&NetAccess::params_weight_decay_), net, layer, param);
  }
  static std::vector<std::string>& LayerNames(Base& net) { return net.*(&NetAccess::layer_names_); }
  static std::map<std::string, int>& LayerNamesIndex(Base& net) { return net.*(&NetAccess::layer_names_index_); }
  // Whether it logs what each layer has computed.
  static bool DebugInfo(Base& net) { return net.*(&NetAccess::debug_info_); }
  // For each of net.params() its layer, and which learnable blob of that it is.
  static const std::vector<std::pair<int, int>>& ParamPlaces(const Base& net) {
    return net.*(&NetAccess::param_layer_indices_);
  }
  // And which of net.learnable_params() it is, or shares.
  static const std::vector<int>& LearnableIds(const Base& net) { return net.*(&NetAccess::learnable_param_ids_); }

 private:
  static float& At(std::vector<float>& multipliers, Base& net, int layer, int param) {
    const int blob = (net.*(&NetAccess::param_id_vecs_)).at(layer).at(param);
    return multipliers.at((net.*(&NetAccess::learnable_param_ids_)).at(blob));
  }
};

struct LayerAccess : caffe::Layer<float> {
  static caffe::LayerParameter& Parameter(caffe::Layer<float>& layer) { return layer.*(&LayerAccess::layer_param_); }
};

}  // namespace tscaffe
