// Trained weights, in and out.
#include <climits>
#include <cstdint>
#include <string>

#include "blob/blob.h"
#include "blob/kept_values.h"
#include "environment/gate.h"
#include "file/hdf5.h"
#include "guard/failure.h"
#include "net/net.h"
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
    if (!caffe::UpgradeNetAsNeeded(name, &weights)) {
      throw CodedError("ERR_CAFFE_FORMAT", name + ": its old format cannot be brought to the current one");
    }
    // An empty file is a message too: Caffe would copy nothing and say nothing.
    if (weights.layer_size() == 0) throw CodedError("ERR_CAFFE_FORMAT", name + ": holds no layers");
    WhollyOrNot(net.learnable_params(), [&] { net.CopyTrainedLayersFrom(weights); });
  });
}

void Net::CopyFromHdf5(const Napi::CallbackInfo& info) {
  Change("loadHDF5", [&](auto& net) {
    const std::string path = info[0].As<Napi::String>();
    ReadHdf5(path, [&] { WhollyOrNot(net.learnable_params(), [&] { net.CopyTrainedLayersFromHDF5(path); }); });
  });
}

void Net::ShareWith(const Napi::CallbackInfo& info) {
  Change("shareWith", [&](auto& net) { net.ShareTrainedLayersWith(&From(info[0], " for net").State().Net()); });
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
    WriteHdf5(path, [&] { net.ToHDF5(path, info[1].As<Napi::Boolean>()); });
  });
}

// Without a net: the layers of a caffemodel, each with its blobs.

Napi::Value ReadWeights(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  auto& environment = *Environment::Of(env);
  return Running(environment, [&]() -> Napi::Value {
    const std::string name = info[1].As<Napi::String>();
    auto net = MessageFrom<caffe::NetParameter>(info[0], name.c_str());
    if (!caffe::UpgradeNetAsNeeded(name, &net)) {
      throw CodedError("ERR_CAFFE_FORMAT", name + ": its old format cannot be brought to the current one");
    }
    auto layers = Napi::Array::New(env);
    for (auto& parameter : net.layer()) {
      auto blobs = Napi::Array::New(env);
      for (auto& proto : parameter.blobs()) {
        auto blob = boost::make_shared<caffe::Blob<float>>();
        blob->FromProto(proto);
        blobs[blobs.Length()] = Blob::Wrap(environment, blob);
      }
      auto layer = Napi::Object::New(env);
      layer["name"] = Napi::String::New(env, parameter.name());
      layer["type"] = Napi::String::New(env, parameter.type());
      layer["blobs"] = blobs;
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
      for (uint32_t j = 0; j < blobs.Length(); ++j) {
        Blob::From(blobs.Get(j), "weights").Get().ToProto(parameter->add_blobs());
      }
    }
    return BytesOf(env, net);
  });
}

}  // namespace tscaffe
