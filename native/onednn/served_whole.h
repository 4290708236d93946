// Layers whose backward needs what their forward has left: oneDNN computes both, or Caffe does.
#pragma once

#include <vector>

#include "onednn/choice.h"
#include "onednn/serve.h"
#include "onednn/served_layer.h"

namespace tscaffe {

template <class Stock>
class ServedWhole : public Stock, public ServedLayer {
 public:
  using Stock::Stock;

  bool IsServed() const override { return !has_run_ || last_way_ != Way::CAFFE; }

 protected:
  // Whether oneDNN has what these parameters and shapes ask for.
  virtual bool Fits(const Blobs& bottom, const Blobs& top) const = 0;
  virtual void Forward(const Blobs& bottom, const Blobs& top) = 0;
  // To bottom[0], and to learnable blobs.
  virtual void Backward(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) = 0;

  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    has_run_ = true;
    last_way_ = WayFor(bottom, top);
    if (last_way_ == Way::BLOCKED) {
      try {
        return Forward(bottom, top);
      } catch (const dnnl::error&) {
        // It has nothing for this layout, or no memory for it.
        last_way_ = Way::CAFFE;
      }
    }
    Stock::Forward_cpu(bottom, top);
  }

  // oneDNN has computed it in one with other layers.
  void NoteServed() {
    has_run_ = true;
    last_way_ = Way::BLOCKED;
  }

  // Before any forward it is Caffe's: a backward may run on what the set-up has left.
  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    last_way_ == Way::CAFFE ? Stock::Backward_cpu(top, propagate_down, bottom) : Backward(top, propagate_down, bottom);
  }

 private:
  Way WayFor(const Blobs& bottom, const Blobs& top) {
    if (bottom[0]->count() == 0 || !Fits(bottom, top)) return Way::CAFFE;
    const Tensor from = DataOf(*bottom[0]);
    if (LayoutOf(from) != from.plain) return Way::BLOCKED;  // Caffe's code would have to wait for a copy
    return chosen_.For(*bottom[0], [&] { return Choose(bottom, top); });
  }

  Way Choose(const Blobs& bottom, const Blobs& top) {
    return ChooseWay(KeyOf(*this, "") + ShapesOf(bottom), {Way::CAFFE, Way::BLOCKED}, [&](Way way) {
      const KeptParams kept(this->blobs_);
      std::vector<boost::shared_ptr<caffe::Blob<float>>> none;
      const Trial trial(bottom, top, none);
      const bool learns = this->phase_ == caffe::TRAIN;
      const std::vector<bool> all(bottom.size(), true);
      if (way == Way::CAFFE) {
        Stock::Forward_cpu(trial.Bottom(), trial.Top());
        if (learns) Stock::Backward_cpu(trial.Top(), all, trial.Bottom());
      } else {
        Forward(trial.Bottom(), trial.Top());
        if (learns) Backward(trial.Top(), all, trial.Bottom());
      }
    });
  }

  ChosenWay chosen_;
  bool has_run_ = false;
  Way last_way_ = Way::CAFFE;  // of the last forward
};

}  // namespace tscaffe
