// Finds the first NaN or infinity that a net computes.
#pragma once

#include <optional>
#include <string>

#include "caffe/headers.h"
#include "guard/failure.h"
#include "thread/js_functions.h"

namespace tscaffe {

class NanGuard {
 public:
  // Looks at what the net computes as long as there are functions.
  NanGuard(Environment& environment, caffe::Net<float>& net);

  // They are called with an ERR_CAFFE_NAN for the first value in each pass, forward or backward.
  JsFunctions& Functions() { return functions_; }

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
  JsFunctions functions_;
  Pass forward_{*this, false}, backward_{*this, true};
};

}  // namespace tscaffe
