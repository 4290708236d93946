// A Caffe layer whose work is done by a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "caffe/headers.h"
#include "layer/blob_lists.h"
#include "layer/grown_loss.h"
#include "run/layer_clock.h"

namespace tscaffe {

class JsLayer : public caffe::Layer<float> {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;

  // Asks TypeScript for the object: by the type, or for "Python" by module and class.
  JsLayer(const caffe::LayerParameter& parameter, Environment& environment);

  // The object that TypeScript made, for the net's wrapper to keep. From then on the layer itself holds it weakly: a
  // layer that refers to its own net would otherwise keep both for ever.
  Napi::Object HandOver();

  // Of the net that it is in: what this layer spends in TypeScript is noted there.
  void SetClock(LayerClock* clock) { clock_ = clock; }

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override;
  void Reshape(const Blobs& bottom, const Blobs& top) override;

  const char* type() const override { return layer_param_.type().c_str(); }
  int ExactNumBottomBlobs() const override { return counts_.exact_bottom; }
  int MinBottomBlobs() const override { return counts_.min_bottom; }
  int MaxBottomBlobs() const override { return counts_.max_bottom; }
  int ExactNumTopBlobs() const override { return counts_.exact_top; }
  int MinTopBlobs() const override { return counts_.min_top; }
  int MaxTopBlobs() const override { return counts_.max_top; }
  bool EqualNumBottomTopBlobs() const override { return equal_bottom_top_; }
  bool AutoTopBlobs() const override { return auto_top_; }
  bool AllowForceBackward(int bottom) const override;
  void ToProto(caffe::LayerParameter* parameter, bool write_diff) override;

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override;
  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override;
  // Where there is no method for the GPU, that for the CPU serves; Caffe copies what it reads.
  void Forward_gpu(const Blobs& bottom, const Blobs& top) override;
  void Backward_gpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override;

 private:
  enum Callback { SETUP, RESHAPE, FORWARD, BACKWARD, FORWARD_GPU, BACKWARD_GPU, CALLBACKS };

  void Bind(Napi::Value answer);
  template <class Arguments>
  void Run(Callback callback, const Blobs& bottom, const Blobs& top, Arguments&& arguments);
  void RunForward(Callback callback, const Blobs& bottom, const Blobs& top);
  void RunBackward(Callback callback, const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom);
  void RefusePromise(Callback callback, Napi::Object promise);
  void TakeLearnableBlobs();
  void TakeParamSpecs();
  napi_value PropagateDown(const std::vector<bool>& propagate_down);
  [[noreturn]] void Fail(const std::string& text) const;

  const std::shared_ptr<Environment> environment_;
  LayerClock* clock_ = nullptr;
  struct {
    int exact_bottom = -1, min_bottom = -1, max_bottom = -1, exact_top = -1, min_top = -1, max_top = -1;
  } counts_;
  bool equal_bottom_top_ = false, auto_top_ = false;

  // What belongs to JavaScript. A net that is built on Caffe's thread, and fails, is destroyed there: this goes back.
  struct Script {
    Napi::ObjectReference binding;  // { layer, setup, reshape, ... }: what TypeScript answered
    Napi::ObjectReference layer;    // the user's object
    Napi::FunctionReference callbacks[CALLBACKS];
    Napi::FunctionReference end_setup, allow_force_backward, to_proto, refuse_promise;
    Napi::Reference<Napi::Array> learnable;

    BlobList bottom, top;
    std::vector<bool> propagate_down;
    Napi::Reference<Napi::Array> propagate_down_array;
    std::shared_ptr<Environment> environment;
  };
  struct LetGo {
    void operator()(Script* script) const;
  };
  std::unique_ptr<Script, LetGo> script_;
  GrownLoss grown_loss_;
};

}  // namespace tscaffe
