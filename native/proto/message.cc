#include "proto/message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <climits>

#include "environment/environment.h"

namespace tscaffe {

std::vector<int> IntegersFrom(Napi::Value value) {
  auto array = value.As<Napi::Array>();
  std::vector<int> integers(array.Length());
  for (uint32_t i = 0; i < integers.size(); ++i) integers[i] = array.Get(i).As<Napi::Number>().Int32Value();
  return integers;
}

Napi::Array IntegersTo(Napi::Env env, const std::vector<int>& integers) {
  auto array = Napi::Array::New(env, integers.size());
  for (uint32_t i = 0; i < integers.size(); ++i) array[i] = Napi::Number::New(env, integers[i]);
  return array;
}

Napi::Array StringsTo(Napi::Env env, const std::vector<std::string>& strings) {
  auto array = Napi::Array::New(env, strings.size());
  for (uint32_t i = 0; i < strings.size(); ++i) array[i] = Napi::String::New(env, strings[i]);
  return array;
}

void ParseBytes(Napi::Value value, const char* what, google::protobuf::MessageLite* message) {
  auto bytes = value.As<Napi::Uint8Array>();
  google::protobuf::io::ArrayInputStream stream(bytes.Data(), static_cast<int>(bytes.ByteLength()));
  google::protobuf::io::CodedInputStream coded(&stream);
  // As Caffe does when it reads files: protobuf's own limit is 64 MB in older releases, and weights are larger.
  coded.SetTotalBytesLimit(INT_MAX);
  if (bytes.ByteLength() > INT_MAX || !message->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
    throw CodedError("ERR_CAFFE_FORMAT", std::string(what) + ": " + std::to_string(bytes.ByteLength()) +
                                             " bytes that are not a serialized " + message->GetTypeName());
  }
}

Napi::Value BytesOf(Napi::Env env, const google::protobuf::MessageLite& message) {
  const size_t size = message.ByteSizeLong();
  if (size > INT_MAX) {
    throw CodedError("ERR_CAFFE_TOO_LARGE",
                     "a message of " + std::to_string(size) + " bytes: protobuf ends at 2 GB; save as HDF5 instead");
  }
  auto bytes = Environment::Of(env)->MakeBytes(size);
  message.SerializeWithCachedSizesToArray(bytes.Data());
  return bytes;
}

}  // namespace tscaffe
