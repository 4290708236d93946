// What happens before and after each layer of a net, forward or backward. Caffe offers no way to take a callback back,
// so a net gets one of these for each event and keeps it for good.
#pragma once

#include <functional>
#include <utility>

#include "caffe/headers.h"
#include "net/fusion.h"
#include "run/layer_clock.h"
#include "thread/listeners.h"

namespace tscaffe {

class BeforeLayer : public caffe::Net<float>::Callback {
 public:
  // `event` is told with the layer's index; of a forward, with `fusion`, not while a tail is half done. Who begins to
  // listen then hears of the layer behind.
  BeforeLayer(Listeners& listeners, const char* event, const caffe::Net<float>& net, LayerClock& clock,
              LayerClock::Pass pass, const Fusion* fusion = nullptr)
      : net_(net), clock_(clock), pass_(pass), fusion_(fusion), event_(listeners, event) {}

  bool IsWanted() const { return event_.IsWanted(); }

 protected:
  void run(int layer) override;

 private:
  const caffe::Net<float>& net_;
  LayerClock& clock_;
  const LayerClock::Pass pass_;
  const Fusion* const fusion_;
  Event event_;
};

class AfterLayer : public caffe::Net<float>::Callback {
 public:
  AfterLayer(Listeners& listeners, const char* event, LayerClock& clock, LayerClock::Pass pass,
             const Fusion* fusion = nullptr)
      : clock_(clock), pass_(pass), fusion_(fusion), event_(listeners, event) {}

  bool IsWanted() const { return event_.IsWanted(); }

  // Calls watch(index) too, on the thread that runs the net.
  void Watch(std::function<void(int)> watch) { watch_ = std::move(watch); }
  // The same, after all who listen.
  void WatchLast(std::function<void(int)> watch) { watch_last_ = std::move(watch); }

 protected:
  void run(int layer) override;

 private:
  LayerClock& clock_;
  const LayerClock::Pass pass_;
  const Fusion* const fusion_;
  std::function<void(int)> watch_, watch_last_;
  Event event_;
};

}  // namespace tscaffe
