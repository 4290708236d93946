// Layers that compute each value from one value.
#include <caffe/layers/elu_layer.hpp>
#include <caffe/layers/relu_layer.hpp>
#include <caffe/layers/sigmoid_layer.hpp>
#include <caffe/layers/tanh_layer.hpp>
#include <vector>

#include "onednn/serve.h"
#include "onednn/served_layer.h"
#include "onednn/tail.h"

namespace tscaffe {

namespace {

using dnnl::algorithm;

// The algorithm of a layer of Caffe's, and that of its gradient computed from the top. Caffe computes ReLU's and ELU's
// from the bottom: a layer above may write over the top in place. Only where they are in place themselves is there
// none.
struct Algorithm {
  algorithm forward, backward;
  float alpha;
  bool needs_bottom;
};
Algorithm AlgorithmOf(const caffe::ReLULayer<float>& layer) {
  return {algorithm::eltwise_relu, algorithm::eltwise_relu_use_dst_for_bwd,
          layer.layer_param().relu_param().negative_slope(), true};
}
Algorithm AlgorithmOf(const caffe::ELULayer<float>& layer) {
  return {algorithm::eltwise_elu, algorithm::eltwise_elu_use_dst_for_bwd, layer.layer_param().elu_param().alpha(),
          true};
}
Algorithm AlgorithmOf(const caffe::SigmoidLayer<float>&) {
  return {algorithm::eltwise_logistic, algorithm::eltwise_logistic_use_dst_for_bwd, 0, false};
}
Algorithm AlgorithmOf(const caffe::TanHLayer<float>&) {
  return {algorithm::eltwise_tanh, algorithm::eltwise_tanh_use_dst_for_bwd, 0, false};
}

// Fewer values, in Caffe's layout, are computed before oneDNN has begun.
constexpr int kLeastPlain = 4096;

template <class Stock>
class ServedActivation : public Stock, public ServedLayer, public TailLayer {
 public:
  using Stock::Stock;

  bool IsServed() const override { return is_served_; }

  bool Join(Tail& tail) const override {
    const auto function = AlgorithmOf(*this);
    if (function.alpha < 0) return false;
    tail.functions.append_eltwise(1, function.forward, function.alpha, 0);
    return true;
  }
  // In place, it is computed from the top.
  bool NeedsOwnForward() const override { return false; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    if (IsComputed()) {
      is_served_ = true;
      return;
    }
    const Tensor from = DataOf(*bottom[0]), to = DataOf(*top[0]);
    const Desc layout = LayoutOf(from);
    is_served_ = IsWorthwhile(*bottom[0], layout == from.plain);
    if (!is_served_) return Stock::Forward_cpu(bottom, top);
    const auto values = Read(from, layout);
    Output out(to, layout);
    Execute(For(layout).forward, {{DNNL_ARG_SRC, values}, {DNNL_ARG_DST, out.Memory()}});
    out.Finish();
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    const bool by_bottom = bottom[0] != top[0] && AlgorithmOf(*this).needs_bottom;
    const Tensor data = DataOf(by_bottom ? *bottom[0] : *top[0]), from = DiffOf(*top[0]), to = DiffOf(*bottom[0]);
    const Desc layout = LayoutOf(data) == data.plain ? LayoutOf(from) : LayoutOf(data);
    if (!propagate_down[0] || !IsWorthwhile(*top[0], layout == data.plain)) {
      return Stock::Backward_cpu(top, propagate_down, bottom);
    }
    const auto values = Read(data, layout), diffs = Read(from, layout);
    Output out(to, layout);
    Execute(by_bottom ? For(layout).backward_by_bottom : For(layout).backward_by_top,
            {{by_bottom ? DNNL_ARG_SRC : DNNL_ARG_DST, values},
             {DNNL_ARG_DIFF_DST, diffs},
             {DNNL_ARG_DIFF_SRC, out.Memory()}});
    out.Finish();
  }

 private:
  struct Made {
    dnnl::eltwise_forward forward;
    dnnl::eltwise_backward backward_by_top, backward_by_bottom;
  };

  // The gradient by the top has no answer for negative slopes.
  bool IsWorthwhile(const caffe::Blob<float>& blob, bool is_plain) const {
    if (blob.count() == 0 || blob.num_axes() == 0 || blob.num_axes() > 5 || AlgorithmOf(*this).alpha < 0) return false;
    return !is_plain || blob.count() >= kLeastPlain;
  }

  Made& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      const auto [forward, backward, alpha, needs_bottom] = AlgorithmOf(*this);
      const auto describe = [&layout, slope = alpha](algorithm kind) -> dnnl::eltwise_forward::primitive_desc {
        return {{dnnl::prop_kind::forward_training, kind, layout, slope, 0}, CpuEngine()};
      };
      // The forward that a gradient is asked for with must be of the same kind.
      const auto gradient = [&, slope = alpha](algorithm kind) {
        return dnnl::eltwise_backward({{kind, layout, layout, slope, 0}, CpuEngine(), describe(kind)});
      };
      return Made{dnnl::eltwise_forward(describe(forward)), gradient(backward),
                  gradient(needs_bottom ? forward : backward)};
    });
  }

  bool is_served_ = true;
  Memo<Made> made_;
};

template <class Stock>
void ServeActivation(const char* type) {
  Serve<Stock, ServedActivation<Stock>>(type);
}

}  // namespace

void ServeActivations() {
  ServeActivation<caffe::ReLULayer<float>>("ReLU");
  ServeActivation<caffe::ELULayer<float>>("ELU");
  ServeActivation<caffe::SigmoidLayer<float>>("Sigmoid");
  ServeActivation<caffe::TanHLayer<float>>("TanH");
}

}  // namespace tscaffe
