// Finds the first NaN or infinity that a net computes.
#pragma once

#include <optional>
#include <string>

#include "caffe/headers.h"
#include "guard/failure.h"
#include "thread/listeners.h"

namespace tscaffe {

class NanGuard {
 public:
  // While the event `nan` is wanted, looks at what the net computes, and tells it with an ERR_CAFFE_NAN for the first
  // value in each pass, forward or backward.
  NanGuard(Environment& environment, Listeners& listeners, caffe::Net<float>& net);

  bool IsOn() const { return nan_.IsWanted(); }

 private:
  class Pass : public caffe::Net<float>::Callback {
   public:
    Pass(NanGuard& guard, bool backward) : guard_(guard), backward_(backward) {}

   protected:
    void run(int layer) override;

   private:
    NanGuard& guard_;
    const bool backward_;
    int previous_ = 0;   // the layer that ran before
    bool told_ = false;  // of a value in this pass
  };

  std::optional<ValueError> InData(int layer) const;
  std::optional<ValueError> InDiffs(int layer) const;
  void Tell(const ValueError& error);

  Environment& environment_;
  caffe::Net<float>& net_;
  Event nan_;
  Pass forward_{*this, false}, backward_{*this, true};
};

}  // namespace tscaffe
