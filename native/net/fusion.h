// Layers of a net that are computed in one: a convolution, and behind it layers that change its top in place. Only
// where nobody sees the values between them, so that it makes no difference but for the time.
#pragma once

#include <functional>
#include <vector>

#include "caffe/headers.h"
#include "onednn/fused_layers.h"

namespace tscaffe {

class Fusion {
 public:
  // Adds itself to the net's callbacks, before others. `is_watched`: whether somebody looks between layers.
  Fusion(caffe::Net<float>& net, std::function<bool()> is_watched);

  // While it lives, forward ends at `last`: who has asked for that sees what is there then. Others run the whole net.
  class Range {
   public:
    Range(Fusion& fusion, int last);
    ~Range();
    Range(const Range&) = delete;
    Range& operator=(const Range&) = delete;

   private:
    Fusion& fusion_;
  };

  // Whether one before this layer has computed it, in the forward that is running.
  bool IsComputed(int layer) const { return layer <= computed_to_; }

 private:
  using Method = void (Fusion::*)(int layer);

  // One of Caffe's callbacks.
  class Moment : public caffe::Net<float>::Callback {
   public:
    Moment(Fusion& fusion, Method method) : fusion_(fusion), method_(method) {}

   protected:
    void run(int layer) override { (fusion_.*method_)(layer); }

   private:
    Fusion& fusion_;
    const Method method_;
  };

  void BeforeForward(int layer);
  void AfterForward(int layer);
  std::vector<TailLayer*> TailBehind(int head) const;

  caffe::Net<float>& net_;
  const std::function<bool()> is_watched_;
  int last_;
  int previous_ = -1;     // the layer that ran before
  int computed_to_ = -1;  // the last of a tail that has been computed
  Moment before_forward_{*this, &Fusion::BeforeForward}, after_forward_{*this, &Fusion::AfterForward};
};

}  // namespace tscaffe
