#include "net/weights.h"

#include "blob/blob.h"
#include "environment/gate.h"
#include "proto/message.h"

namespace tscaffe {

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
