// What happens before or after each layer of a net, forward or backward.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "caffe_headers.h"
#include "environment.h"
#include "net/layer_clock.h"

namespace tscaffe {

enum Moment { BEFORE_FORWARD, AFTER_FORWARD, BEFORE_BACKWARD, AFTER_BACKWARD, MOMENTS };

// Caffe offers no way to take a callback back, so a net gets one of these for each moment and keeps it for good.
class LayerHooks : public caffe::Net<float>::Callback {
 public:
  LayerHooks(Environment& environment, const caffe::Net<float>& net, LayerClock& clock, Moment moment)
      : environment_(environment), net_(net), clock_(clock), moment_(moment) {}

  // Adds f(index); the number takes it back.
  int Add(Napi::Function function);
  void Remove(int number);
  // Calls watch(index) too, on the thread that runs the net.
  void Watch(std::function<void(int)> watch) { watch_ = std::move(watch); }

 protected:
  void run(int layer) override;

 private:
  void CallFunctions(int layer);

  Environment& environment_;
  const caffe::Net<float>& net_;
  LayerClock& clock_;
  const Moment moment_;
  int next_number_ = 0;
  std::function<void(int)> watch_;
  std::map<int, Napi::FunctionReference> functions_;  // touched on the JavaScript thread
  std::atomic<size_t> count_{0};
};

}  // namespace tscaffe
