// Layers that compute each value from one value.
#include <caffe/layers/elu_layer.hpp>
#include <caffe/layers/relu_layer.hpp>
#include <caffe/layers/sigmoid_layer.hpp>
#include <caffe/layers/tanh_layer.hpp>
#include <vector>

#include "onednn/serve.h"
#include "onednn/served_layer.h"

namespace tscaffe {

namespace {

using dnnl::algorithm;

// The algorithm of a layer of Caffe's, and that of its gradient, computed from the top: it may be in place.
struct Algorithm {
  algorithm forward, backward;
  float alpha;
};
Algorithm AlgorithmOf(const caffe::ReLULayer<float>& layer) {
  return {algorithm::eltwise_relu, algorithm::eltwise_relu_use_dst_for_bwd,
          layer.layer_param().relu_param().negative_slope()};
}
Algorithm AlgorithmOf(const caffe::ELULayer<float>& layer) {
  return {algorithm::eltwise_elu, algorithm::eltwise_elu_use_dst_for_bwd, layer.layer_param().elu_param().alpha()};
}
Algorithm AlgorithmOf(const caffe::SigmoidLayer<float>&) {
  return {algorithm::eltwise_logistic, algorithm::eltwise_logistic_use_dst_for_bwd, 0};
}
Algorithm AlgorithmOf(const caffe::TanHLayer<float>&) {
  return {algorithm::eltwise_tanh, algorithm::eltwise_tanh_use_dst_for_bwd, 0};
}

// Fewer values, in Caffe's layout, are computed before oneDNN has begun.
constexpr int kLeastPlain = 4096;

template <class Stock>
class ServedActivation : public Stock, public ServedLayer {
 public:
  using Stock::Stock;

  bool IsServed() const override { return is_served_; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
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
    const Tensor data = DataOf(*top[0]), from = DiffOf(*top[0]), to = DiffOf(*bottom[0]);
    const Desc layout = LayoutOf(data) == data.plain ? LayoutOf(from) : LayoutOf(data);
    if (!propagate_down[0] || !IsWorthwhile(*top[0], layout == data.plain)) {
      return Stock::Backward_cpu(top, propagate_down, bottom);
    }
    const auto values = Read(data, layout), diffs = Read(from, layout);
    Output out(to, layout);
    Execute(For(layout).backward,
            {{DNNL_ARG_DST, values}, {DNNL_ARG_DIFF_DST, diffs}, {DNNL_ARG_DIFF_SRC, out.Memory()}});
    out.Finish();
  }

 private:
  struct Made {
    dnnl::eltwise_forward forward;
    dnnl::eltwise_backward backward;
  };

  // The gradient by the top has no answer for negative slopes.
  bool IsWorthwhile(const caffe::Blob<float>& blob, bool is_plain) const {
    if (blob.count() == 0 || blob.num_axes() == 0 || blob.num_axes() > 5 || AlgorithmOf(*this).alpha < 0) return false;
    return !is_plain || blob.count() >= kLeastPlain;
  }

  Made& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      const auto [forward, backward, alpha] = AlgorithmOf(*this);
      const dnnl::eltwise_forward::primitive_desc description(
          {dnnl::prop_kind::forward_training, forward, layout, alpha, 0}, CpuEngine());
      // The forward that the gradient is asked for with must be of the same kind.
      const dnnl::eltwise_forward::primitive_desc hint({dnnl::prop_kind::forward_training, backward, layout, alpha, 0},
                                                       CpuEngine());
      const dnnl::eltwise_backward::primitive_desc back({backward, layout, layout, alpha, 0}, CpuEngine(), hint);
      return Made{dnnl::eltwise_forward(description), dnnl::eltwise_backward(back)};
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
