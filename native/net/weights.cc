// Trained weights, in and out.
#include <climits>
#include <cstdint>
#include <string>

#include "blob/blob.h"
#include "environment/gate.h"
#include "file/hdf5.h"
#include "guard/failure.h"
#include "net/layer_names.h"
#include "net/net.h"
#include "net/trained_layers.h"
#include "proto/message.h"

namespace tscaffe {

namespace {

// Throws ERR_CAFFE_TOO_LARGE if the weights of a net are more than a message can hold: before gigabytes are copied into
// one, and instead of Caffe's own failure, which says nothing of sizes.
void RequireMessageSize(const caffe::Net<float>& net, bool diffs) {
  int64_t bytes = 0;
  for (auto& layer : net.layers()) {
    for (auto& blob : layer->blobs()) bytes += blob->count() * static_cast<int64_t>(sizeof(float)) * (diffs ? 2 : 1);
  }
  if (bytes <= INT_MAX) return;
  throw CodedError("ERR_CAFFE_TOO_LARGE", "the weights take " + std::to_string(bytes) +
                                              " bytes, and a caffemodel ends at 2 GB: save as HDF5 (saveHDF5, "
                                              "snapshot_format: HDF5)");
}

}  // namespace

// Of a net.

// (bytes, name)
void Net::CopyFrom(const Napi::CallbackInfo& info) {
  Change("copyFrom", [&](auto& net) {
    const std::string name = info[1].As<Napi::String>();
    auto weights = MessageFrom<caffe::NetParameter>(info[0], name.c_str());
    UpgradeWeights(name, &weights);
    // An empty file is a message too: Caffe would copy nothing and say nothing.
    if (weights.layer_size() == 0) throw CodedError("ERR_CAFFE_FORMAT", name + ": holds no layers");
    CopyTrainedLayers(net, name, &weights);
  });
}

void Net::CopyFromHdf5(const Napi::CallbackInfo& info) {
  Change("loadHDF5", [&](auto& net) { CopyTrainedLayersFromHdf5(net, info[0].As<Napi::String>()); });
}

void Net::ShareWith(const Napi::CallbackInfo& info) {
  Change("shareWith", [&](auto& net) {
    ShareTrainedLayers(net, From(info[0], " for net").State().Net());
    if (!net.params().empty()) State().SharedActivity()->TellOfMemory(net.params().front().get());  // one is as good
  });
}

// (with diffs) -> bytes of a NetParameter
Napi::Value Net::ToProto(const Napi::CallbackInfo& info) {
  return Read("toProto", [&](auto& net) {
    const bool diffs = info[0].As<Napi::Boolean>();
    RequireMessageSize(net, diffs);
    caffe::NetParameter proto;
    net.ToProto(&proto, diffs);
    return BytesOf(info.Env(), proto);
  });
}

// (path, with diffs)
void Net::SaveHdf5(const Napi::CallbackInfo& info) {
  Read("saveHDF5", [&](auto& net) {
    const std::string path = info[0].As<Napi::String>();
    const Hdf5LayerNames names(net);
    WriteHdf5(path, [&] { net.ToHDF5(path, info[1].As<Napi::Boolean>()); });
  });
}

// Without a net: the layers of a caffemodel, each with its blobs.

namespace {

// Caffe before 2015 gave each blob four axes, and takes (1, 1, 1, 2) of such a file for (1, 2) and (2).
bool HasLegacyShape(const caffe::BlobProto& blob) {
  return blob.has_num() || blob.has_channels() || blob.has_height() || blob.has_width();
}

void SetLegacyShape(const caffe::Blob<float>& blob, caffe::BlobProto* proto) {
  proto->clear_shape();
  proto->set_num(blob.LegacyShape(0));
  proto->set_channels(blob.LegacyShape(1));
  proto->set_height(blob.LegacyShape(2));
  proto->set_width(blob.LegacyShape(3));
}

}  // namespace

Napi::Value ReadWeights(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  auto& environment = *Environment::Of(env);
  return Running(environment, [&]() -> Napi::Value {
    const std::string name = info[1].As<Napi::String>();
    auto net = MessageFrom<caffe::NetParameter>(info[0], name.c_str());
    UpgradeWeights(name, &net);
    auto layers = Napi::Array::New(env);
    for (auto& parameter : net.layer()) {
      auto blobs = Napi::Array::New(env);
      auto legacy = Napi::Array::New(env);
      for (auto& proto : parameter.blobs()) {
        legacy[legacy.Length()] = Napi::Boolean::New(env, HasLegacyShape(proto));
        auto blob = boost::make_shared<caffe::Blob<float>>();
        blob->FromProto(proto);
        blobs[blobs.Length()] = Blob::Wrap(environment, blob);
      }
      auto layer = Napi::Object::New(env);
      layer["name"] = Napi::String::New(env, parameter.name());
      layer["type"] = Napi::String::New(env, parameter.type());
      layer["blobs"] = blobs;
      layer["legacy"] = legacy;
      layers[layers.Length()] = layer;
    }
    return layers;
  });
}

Napi::Value WriteWeights(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  return Guarded(*Environment::Of(env), [&]() -> Napi::Value {
    caffe::NetParameter net;
    net.set_name(info[0].As<Napi::String>());
    auto layers = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < layers.Length(); ++i) {
      auto layer = layers.Get(i).As<Napi::Object>();
      auto* parameter = net.add_layer();
      parameter->set_name(layer.Get("name").As<Napi::String>());
      parameter->set_type(layer.Get("type").As<Napi::String>());
      auto blobs = layer.Get("blobs").As<Napi::Array>();
      auto legacy = layer.Get("legacy").As<Napi::Array>();
      for (uint32_t j = 0; j < blobs.Length(); ++j) {
        auto& blob = Blob::From(blobs.Get(j), "weights").Get();
        blob.ToProto(parameter->add_blobs());
        if (legacy.Get(j).ToBoolean()) SetLegacyShape(blob, parameter->mutable_blobs(static_cast<int>(j)));
      }
    }
    return BytesOf(env, net);
  });
}

}  // namespace tscaffe
