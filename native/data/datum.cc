#include "data/datum.h"

#include <string>

#include "caffe/headers.h"
#include "environment/gate.h"
#include "proto/message.h"

namespace caffe {

// A libcaffe that was built without OpenCV has neither.
// NOLINTBEGIN(readability-redundant-declaration): here they are weak
__attribute__((weak)) bool ReadImageToDatum(const std::string& filename, int label, int height, int width,
                                            bool is_color, const std::string& encoding, Datum* datum);
__attribute__((weak)) bool DecodeDatumNative(Datum* datum);
// NOLINTEND(readability-redundant-declaration)

}  // namespace caffe

namespace tscaffe {

namespace {

using Read = bool (*)(const std::string&, int, int, int, bool, const std::string&, caffe::Datum*);
using Decode = bool (*)(caffe::Datum*);

template <class Function>
Function Present(Function function) {
  if (function != nullptr) return function;
  throw CodedError("ERR_CAFFE_INTERNAL", "the linked libcaffe was built without OpenCV: it reads no images");
}

}  // namespace

Napi::Value ReadImageToDatum(const Napi::CallbackInfo& info) {
  return Running(*Environment::Of(info.Env()), [&] {
    const auto read = Present<Read>(&caffe::ReadImageToDatum);
    const std::string path = info[0].As<Napi::String>();
    caffe::Datum datum;
    if (!read(path, info[1].As<Napi::Number>(), info[2].As<Napi::Number>(), info[3].As<Napi::Number>(),
              info[4].As<Napi::Boolean>(), info[5].As<Napi::String>(), &datum)) {
      throw CodedError("ERR_CAFFE_FILE", path + ": cannot be decoded as an image");
    }
    return BytesOf(info.Env(), datum);
  });
}

Napi::Value DecodeDatum(const Napi::CallbackInfo& info) {
  return Running(*Environment::Of(info.Env()), [&] {
    auto datum = MessageFrom<caffe::Datum>(info[0], "the record");
    if (datum.encoded()) {
      // Of an image that it cannot decode, Caffe makes one without pixels.
      if (!Present<Decode>(&caffe::DecodeDatumNative)(&datum) || datum.data().empty()) {
        throw CodedError("ERR_CAFFE_FORMAT", "the encoded image cannot be decoded");
      }
    }
    return BytesOf(info.Env(), datum);
  });
}

}  // namespace tscaffe
