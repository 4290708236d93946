// Trained weights, in and out.
#include "blob/kept_values.h"
#include "file/hdf5.h"
#include "net/message_size.h"
#include "net/net_gate.h"
#include "proto/message.h"

namespace tscaffe {

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
  Change("shareWith", [&](auto& net) { net.ShareTrainedLayersWith(&From(info[0]).State().Net()); });
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

}  // namespace tscaffe
