#include <memory>

#include "blob/blob.h"
#include "environment/gate.h"
#include "proto/message.h"

namespace tscaffe {

namespace {

// Inline in Caffe's header; a function of its own keeps the locals of its caller (guard/guard.h).
__attribute__((noinline)) caffe::Filler<float>* MakeFiller(const caffe::FillerParameter& parameter) {
  return caffe::GetFiller<float>(parameter);
}

__attribute__((noinline)) void Fill(caffe::Filler<float>& filler, caffe::Blob<float>* blob) { filler.Fill(blob); }

}  // namespace

void FillBlob(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] {
    auto parameter = MessageFrom<caffe::FillerParameter>(info[1], "filler");
    const std::unique_ptr<caffe::Filler<float>> filler(MakeFiller(parameter));
    Fill(*filler, &Blob::From(info[0], "blob").Get());
  });
}

}  // namespace tscaffe
