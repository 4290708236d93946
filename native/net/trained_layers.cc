#include "net/trained_layers.h"

#include <fstream>
#include <map>
#include <vector>

#include "blob/kept_values.h"
#include "file/hdf5.h"
#include "file/special.h"
#include "guard/failure.h"
#include "net/layer_names.h"
#include "net/net_access.h"

namespace tscaffe {

void UpgradeWeights(const std::string& name, caffe::NetParameter* weights) {
  if (caffe::UpgradeNetAsNeeded(name, weights)) return;
  throw CodedError("ERR_CAFFE_FORMAT", name + ": its old format cannot be brought to the current one");
}

void CopyTrainedLayers(caffe::Net<float>& net, const std::string& source, caffe::NetParameter* weights) {
  const auto layers = NamedLayersOf(*weights);
  RequireAsMany(layers, NamedLayersOf(net), source);
  const auto names = DistinctNames(layers);
  for (int i = 0; i < weights->layer_size(); ++i) weights->mutable_layer(i)->set_name(names[i]);
  WhollyOrNot(net.learnable_params(), [&] { net.CopyTrainedLayersFrom(*weights); });
}

void CopyTrainedLayersFromHdf5(caffe::Net<float>& net, const std::string& path) {
  const Hdf5LayerNames names(net);
  ReadHdf5(path, [&] { WhollyOrNot(net.learnable_params(), [&] { net.CopyTrainedLayersFromHDF5(path); }); });
}

void CopyTrainedLayersFromBinary(caffe::Net<float>& net, const std::string& path) {
  RequireReadable(path);
  caffe::NetParameter weights;
  caffe::ReadNetParamsFromBinaryFileOrDie(path, &weights);
  CopyTrainedLayers(net, path, &weights);
}

void CopyTrainedLayersFromFile(caffe::Net<float>& net, const std::string& path) {
  RequireReadable(path);
  if (IsHdf5(path)) {
    CopyTrainedLayersFromHdf5(net, path);
  } else {
    CopyTrainedLayersFromBinary(net, path);
  }
}

bool IsHdf5(const std::string& path) {
  static const std::string kSignature = "\x89HDF\r\n\x1a\n";
  std::string begin(kSignature.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == kSignature;
}

namespace {

using Blobs = std::vector<const caffe::Blob<float>*>;

// For each of the net's learnable blobs that of the same layer of `from`, or null.
Blobs SameLayers(const caffe::Net<float>& net, const caffe::Net<float>& from) {
  std::map<std::string, caffe::Layer<float>*> layers;
  for (size_t i = 0; i < from.layers().size(); ++i) layers[from.layer_names()[i]] = from.layers()[i].get();
  Blobs sources;
  for (auto& [layer, param] : NetAccess::ParamPlaces(net)) {
    const auto found = layers.find(net.layer_names()[layer]);
    const bool has = found != layers.end() && param < static_cast<int>(found->second->blobs().size());
    sources.push_back(has ? found->second->blobs()[param].get() : nullptr);
  }
  return sources;
}

// For each of the net's learnable blobs the one of `from` whose memory it is to use, or null. Those that share in the
// net go on sharing: the first of them that has a layer of its name in `from` speaks for all.
Blobs SourcesOf(const caffe::Net<float>& net, const caffe::Net<float>& from) {
  auto sources = SameLayers(net, from);
  const auto& owners = net.param_owners();
  for (auto& [name, owner] : net.param_names_index()) {
    std::vector<size_t> sharing{static_cast<size_t>(owner)};
    for (size_t i = 0; i < owners.size(); ++i) {
      if (owners[i] == owner) sharing.push_back(i);
    }
    const caffe::Blob<float>* source = nullptr;
    for (auto it = sharing.begin(); it != sharing.end() && source == nullptr; ++it) source = sources[*it];
    const auto of_name = from.param_names_index().find(name);
    if (source == nullptr && of_name != from.param_names_index().end()) source = from.params()[of_name->second].get();
    for (const size_t i : sharing) sources[i] = source;
  }
  return sources;
}

// As within a net: of the same shape, or of as many values where the prototxt says PERMISSIVE.
void RequireShape(const caffe::Net<float>& net, size_t param, const caffe::Blob<float>& source) {
  const auto& blob = *net.params()[param];
  const auto [layer, index] = NetAccess::ParamPlaces(net)[param];
  const auto& parameter = net.layers()[layer]->layer_param();
  const bool permissive =
      index < parameter.param_size() && parameter.param(index).share_mode() == caffe::ParamSpec_DimCheckMode_PERMISSIVE;
  if (permissive ? blob.count() == source.count() : blob.shape() == source.shape()) return;
  throw CodedError("ERR_CAFFE_LAYER", "params." + net.layer_names()[layer] + "[" + std::to_string(index) +
                                          "], called " + net.param_display_names()[param] + ", is " +
                                          blob.shape_string() + ", but in the net whose weights it is to share it is " +
                                          source.shape_string());
}

}  // namespace

void ShareTrainedLayers(caffe::Net<float>& net, const caffe::Net<float>& from) {
  RequireAsMany(NamedLayersOf(from), NamedLayersOf(net), "the net to share with");
  const auto sources = SourcesOf(net, from);
  const auto of_layers = SameLayers(net, from);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] != nullptr && of_layers[i] == nullptr) RequireShape(net, i, *sources[i]);
  }
  net.ShareTrainedLayersWith(&from);  // which also checks
  FollowTrainedLayers(net, from);
}

void FollowTrainedLayers(caffe::Net<float>& net, const caffe::Net<float>& from) {
  const auto sources = SourcesOf(net, from);
  for (size_t i = 0; i < sources.size(); ++i) {
    auto& blob = *net.params()[i];
    if (sources[i] != nullptr && blob.count() > 0 && blob.count() == sources[i]->count()) blob.ShareData(*sources[i]);
  }
}

}  // namespace tscaffe
