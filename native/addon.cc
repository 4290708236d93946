#include <napi.h>

// Caffe's registries are statics of inline functions: hidden, they would be copies of our own and empty.
#pragma GCC visibility push(default)
#include <caffe/caffe.hpp>
#pragma GCC visibility pop

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("layerCount", Napi::Number::New(env, static_cast<double>(caffe::LayerRegistry<float>::LayerTypeList().size())));
  return exports;
}
NODE_API_MODULE(tscaffe, Init)
