// What happens before or after each layer of a net, forward or backward.
#pragma once

#include <napi.h>

#include <functional>
#include <utility>

#include "caffe/headers.h"
#include "run/layer_clock.h"
#include "thread/js_functions.h"

namespace tscaffe {

enum Moment { BEFORE_FORWARD, AFTER_FORWARD, BEFORE_BACKWARD, AFTER_BACKWARD, MOMENTS };

// Caffe offers no way to take a callback back, so a net gets one of these for each moment and keeps it for good.
class LayerHooks : public caffe::Net<float>::Callback {
 public:
  LayerHooks(Environment& environment, const caffe::Net<float>& net, LayerClock& clock, Moment moment)
      : net_(net), clock_(clock), moment_(moment), functions_(environment) {}

  // They are called with the layer's index.
  JsFunctions& Functions() { return functions_; }
  // Calls watch(index) too, on the thread that runs the net.
  void Watch(std::function<void(int)> watch) { watch_ = std::move(watch); }

 protected:
  void run(int layer) override;

 private:
  const caffe::Net<float>& net_;
  LayerClock& clock_;
  const Moment moment_;
  std::function<void(int)> watch_;
  JsFunctions functions_;
};

}  // namespace tscaffe
