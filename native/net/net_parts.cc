// What a net is made of.
#include "blob/blob.h"
#include "net/net_gate.h"
#include "proto/message.h"

namespace tscaffe {

Napi::Value Net::Name(const Napi::CallbackInfo& info) {
  return Read("name", [&](auto& net) { return Napi::String::New(info.Env(), net.name()); });
}

Napi::Value Net::LayerNames(const Napi::CallbackInfo& info) {
  return Read("layerNames", [&](auto& net) { return StringsTo(info.Env(), net.layer_names()); });
}

Napi::Value Net::LayerTypes(const Napi::CallbackInfo& info) {
  return Read("layerTypes", [&](auto& net) {
    std::vector<std::string> types;
    for (auto& layer : net.layers()) types.emplace_back(layer->type());
    return StringsTo(info.Env(), types);
  });
}

Napi::Value Net::BlobNames(const Napi::CallbackInfo& info) {
  return Read("blobNames", [&](auto& net) { return StringsTo(info.Env(), net.blob_names()); });
}

Napi::Value Net::Blobs(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto blobs = Napi::Array::New(info.Env());
    for (auto& blob : State().Net().blobs()) {
      blobs[blobs.Length()] = Blob::Wrap(*environment_, blob, State().Busy());
    }
    return blobs;
  });
}

// (layer) -> its learnable blobs
Napi::Value Net::Params(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto blobs = Napi::Array::New(info.Env());
    auto& layers = State().Net().layers();
    for (auto& blob : layers.at(info[0].As<Napi::Number>().Uint32Value())->blobs()) {
      blobs[blobs.Length()] = Blob::Wrap(*environment_, blob, State().Busy());
    }
    return blobs;
  });
}

// -> for each learnable blob, layer by layer, -1 or which earlier one it shares its values with
Napi::Value Net::ParamOwners(const Napi::CallbackInfo& info) {
  return Read("params", [&](auto& net) { return IntegersTo(info.Env(), net.param_owners()); });
}

Napi::Value Net::Inputs(const Napi::CallbackInfo& info) {
  return Read("inputs", [&](auto& net) { return IntegersTo(info.Env(), net.input_blob_indices()); });
}

Napi::Value Net::Outputs(const Napi::CallbackInfo& info) {
  return Read("outputs", [&](auto& net) { return IntegersTo(info.Env(), net.output_blob_indices()); });
}

Napi::Value Net::TopIds(const Napi::CallbackInfo& info) {
  return Read("topIds", [&](auto& net) { return IntegersTo(info.Env(), net.top_ids(info[0].As<Napi::Number>())); });
}

Napi::Value Net::BottomIds(const Napi::CallbackInfo& info) {
  return Read("bottomIds",
              [&](auto& net) { return IntegersTo(info.Env(), net.bottom_ids(info[0].As<Napi::Number>())); });
}

}  // namespace tscaffe
