// Layers that join, divide or pass on what is there, in the layout that it has: Eltwise, Concat, Split and Dropout.
#include <algorithm>
#include <caffe/layers/dropout_layer.hpp>
#include <caffe/layers/eltwise_layer.hpp>
#include <vector>

#include "caffe/layers.h"
#include "onednn/serve.h"
#include "onednn/served_layer.h"

namespace tscaffe {

namespace {

// A layout of oneDNN's that one of these has; that of Caffe if there is none.
Desc CommonLayout(const std::vector<Tensor>& tensors) {
  for (auto& tensor : tensors) {
    const Desc layout = LayoutOf(tensor);
    if (layout != tensor.plain) return layout;
  }
  return tensors[0].plain;
}

bool IsPlain(const std::vector<Tensor>& tensors) { return CommonLayout(tensors) == tensors[0].plain; }

// to = sum of scales · from
void Sum(const std::vector<Tensor>& from, const std::vector<float>& scales, const Tensor& to, const Desc& layout) {
  const std::vector<Desc> layouts(from.size(), layout);
  const dnnl::sum::primitive_desc description(layout, scales, layouts, CpuEngine());
  std::unordered_map<int, dnnl::memory> arguments;
  for (size_t i = 0; i < from.size(); ++i) {
    arguments[DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i)] = Read(from[i], layout);
  }
  Output out(to, layout);
  arguments[DNNL_ARG_DST] = out.Memory();
  Execute(dnnl::sum(description), arguments);
  out.Finish();
}

std::vector<Tensor> DatasOf(const Blobs& blobs) {
  std::vector<Tensor> tensors;
  for (auto* blob : blobs) tensors.push_back(DataOf(*blob));
  return tensors;
}
std::vector<Tensor> DiffsOf(const Blobs& blobs) {
  std::vector<Tensor> tensors;
  for (auto* blob : blobs) tensors.push_back(DiffOf(*blob));
  return tensors;
}

// These serve where a bottom or top lies in another layout: then Caffe's code would have to wait for it to be put back.
class ServedEltwise : public caffe::EltwiseLayer<float>, public ServedLayer {
 public:
  using EltwiseLayer::EltwiseLayer;

  bool IsServed() const override { return op_ == caffe::EltwiseParameter_EltwiseOp_SUM; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    const auto from = DatasOf(bottom);
    if (!IsServed() || IsPlain(from) || std::find(bottom.begin(), bottom.end(), top[0]) != bottom.end()) {
      return EltwiseLayer::Forward_cpu(bottom, top);
    }
    Sum(from, coeffs_, DataOf(*top[0]), CommonLayout(from));
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    const Tensor from = DiffOf(*top[0]);
    if (!IsServed() || IsPlain({from}) || std::find(bottom.begin(), bottom.end(), top[0]) != bottom.end()) {
      return EltwiseLayer::Backward_cpu(top, propagate_down, bottom);
    }
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) Sum({from}, {coeffs_[i]}, DiffOf(*bottom[i]), LayoutOf(from));
    }
  }
};

class ServedConcat : public caffe::ConcatLayer<float>, public ServedLayer {
 public:
  using ConcatLayer::ConcatLayer;

  bool IsServed() const override { return is_served_; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    const auto from = DatasOf(bottom);
    is_served_ = Fits(bottom, from);
    if (!is_served_) return ConcatLayer::Forward_cpu(bottom, top);
    Output out(DataOf(*top[0]), BlockedDesc(DimsOf(*top[0])));
    int64_t channel = 0;
    for (size_t i = 0; i < bottom.size(); channel += bottom[i]->shape(1), ++i) {
      const auto part = Read(from[i], BlockedDesc(DimsOf(*bottom[i])));
      ForEachItem(part, out.Memory(), channel,
                  [](float* values, float* place, size_t count) { std::copy_n(values, count, place); });
    }
    out.Finish();
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    const Tensor from = DiffOf(*top[0]);
    if (!Fits(bottom, {from})) return ConcatLayer::Backward_cpu(top, propagate_down, bottom);
    const auto diffs = Read(from, BlockedDesc(DimsOf(*top[0])));
    int64_t channel = 0;
    for (size_t i = 0; i < bottom.size(); channel += bottom[i]->shape(1), ++i) {
      if (!propagate_down[i]) continue;
      Output out(DiffOf(*bottom[i]), BlockedDesc(DimsOf(*bottom[i])));
      ForEachItem(out.Memory(), diffs, channel,
                  [](float* values, float* place, size_t count) { std::copy_n(place, count, values); });
      out.Finish();
    }
  }

 private:
  // Whole blocks of channels, some of which lie blocked already.
  bool Fits(const Blobs& bottom, const std::vector<Tensor>& tensors) const {
    if (concat_axis_ != 1 || bottom.size() < 2) return false;
    for (auto* blob : bottom) {
      if (blob->num_axes() < 3 || blob->num_axes() > 5 || blob->count() == 0) return false;
      if (blob->shape(1) % ChannelBlock() != 0) return false;
    }
    return !std::all_of(tensors.begin(), tensors.end(), [](auto& tensor) { return IsPlain({tensor}); });
  }

  // Calls `move` with the values of each item of a part, and their place in the whole, which begins at `channel`.
  // Blocks of channels lie one after another. oneDNN's own concatenation goes value by value where there is no AVX-512.
  template <class Move>
  static void ForEachItem(const dnnl::memory& part, const dnnl::memory& whole, int64_t channel, Move&& move) {
    const Dims of_part = part.get_desc().dims(), of_whole = whole.get_desc().dims();
    const size_t count = part.get_desc().get_size() / sizeof(float) / of_part[0];
    const size_t stride = whole.get_desc().get_size() / sizeof(float) / of_whole[0];
    auto* values = static_cast<float*>(part.get_data_handle());
    auto* place = static_cast<float*>(whole.get_data_handle()) + stride / of_whole[1] * channel;
    for (int64_t n = 0; n < of_part[0]; ++n, values += count, place += stride) move(values, place, count);
  }

  bool is_served_ = true;
};

// Forward, the tops have the bottom's memory.
class ServedSplit : public caffe::SplitLayer<float>, public ServedLayer {
 public:
  using SplitLayer::SplitLayer;

  bool IsServed() const override { return true; }

 protected:
  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    const auto from = DiffsOf(top);
    if (!propagate_down[0] || bottom[0]->count() == 0 || IsPlain(from)) {
      return SplitLayer::Backward_cpu(top, propagate_down, bottom);
    }
    Sum(from, std::vector<float>(top.size(), 1), DiffOf(*bottom[0]), CommonLayout(from));
  }
};

// In the test phase it passes on what is there; in the train phase it is Caffe's, with Caffe's random numbers.
class ServedDropout : public caffe::DropoutLayer<float>, public ServedLayer {
 public:
  using DropoutLayer::DropoutLayer;

  bool IsServed() const override { return phase_ == caffe::TEST; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    if (!IsServed() || bottom[0]->count() == 0) return DropoutLayer::Forward_cpu(bottom, top);
    if (bottom[0] != top[0]) PassOn(DataOf(*bottom[0]), DataOf(*top[0]));
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (!IsServed() || bottom[0]->count() == 0) return DropoutLayer::Backward_cpu(top, propagate_down, bottom);
    if (propagate_down[0] && bottom[0] != top[0]) PassOn(DiffOf(*top[0]), DiffOf(*bottom[0]));
  }

 private:
  static void PassOn(const Tensor& from, const Tensor& to) {
    const auto values = Read(from, LayoutOf(from));
    Output out(to, LayoutOf(from));
    Copy(values, out.Memory());
    out.Finish();
  }
};

}  // namespace

void ServeArrangements() {
  Serve<caffe::EltwiseLayer<float>, ServedEltwise>("Eltwise");
  Serve<caffe::ConcatLayer<float>, ServedConcat>("Concat");
  Serve<caffe::SplitLayer<float>, ServedSplit>("Split");
  Serve<caffe::DropoutLayer<float>, ServedDropout>("Dropout");
}

}  // namespace tscaffe
