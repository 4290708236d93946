#include <string>
#include <vector>

#include "layer/given_params.h"
#include "onednn/choice.h"
#include "onednn/serve.h"
#include "onednn/served_layer.h"

namespace tscaffe {

namespace {

using Stock = WithSoundParams<caffe::InnerProductLayer<float>>;
using dnnl::prop_kind;

class ServedInnerProduct : public Stock, public ServedLayer {
 public:
  using Stock::Stock;

  bool IsServed() const override { return !forward_.IsCaffe() || !data_.IsCaffe() || !weights_.IsCaffe(); }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    const auto run = [this](Way way, const Blobs& from, const Blobs& to) {
      way == Way::CAFFE ? Stock::Forward_cpu(from, to) : Forward(from, to);
    };
    run(Choose(forward_, "forward", bottom, top, run), bottom, top);
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (param_propagate_down_[0] || (bias_term_ && param_propagate_down_[1])) {
      const auto run = [this](Way way, const Blobs& from, const Blobs& to) {
        way == Way::CAFFE ? Stock::Backward_cpu(to, {false}, from) : BackwardWeights(from, to);
      };
      run(Choose(weights_, "weights", bottom, top, run), bottom, top);
    }
    if (!propagate_down[0]) return;
    const auto run = [this](Way way, const Blobs& from, const Blobs& to) {
      way == Way::CAFFE ? StockBackwardData(from, to) : BackwardData(from, to);
    };
    run(Choose(data_, "data", bottom, top, run), bottom, top);
  }

 private:
  template <class Run>
  Way Choose(ChosenWay& chosen, const char* pass, const Blobs& bottom, const Blobs& top, Run&& run) {
    return chosen.For(*bottom[0], [&] {
      if (bottom[0]->count() == 0 || top[0]->count() == 0) return Way::CAFFE;
      return ChooseWay(KeyOf(*this, pass, factors_) + ShapesOf(bottom), {Way::CAFFE, Way::BLOCKED}, [&](Way way) {
        const Trial trial(bottom, top, blobs_);
        run(way, trial.Bottom(), trial.Top());
      });
    });
  }

  // With the axes of an image, if it is one, so that its layout need not change.
  Dims Rows(const caffe::Blob<float>& bottom) const {
    const int axis = bottom.CanonicalAxisIndex(layer_param_.inner_product_param().axis());
    const bool is_image = axis == 1 && bottom.num_axes() >= 3 && bottom.num_axes() <= 5;
    return is_image ? DimsOf(bottom) : Dims{M_, K_};
  }

  Dims WeightDims(const caffe::Blob<float>& bottom) const {
    Dims dims = Rows(bottom);
    dims[0] = N_;
    return dims;
  }

  Tensor Weights(const caffe::Blob<float>& bottom, bool diff) const {
    const Dims dims = WeightDims(bottom);
    Dims strides(dims.size(), 1);
    int64_t stride = transpose_ ? N_ : 1;
    for (size_t axis = dims.size(); axis-- > 1; stride *= dims[axis]) strides[axis] = stride;
    strides[0] = transpose_ ? 1 : K_;
    return {diff ? *blobs_[0]->diff() : *blobs_[0]->data(), Desc(dims, Type::f32, strides)};
  }

  Tensor Bias(bool diff) const { return diff ? DiffOf(*blobs_[1], {N_}) : DataOf(*blobs_[1], {N_}); }

  dnnl::inner_product_forward::primitive_desc Describe(const caffe::Blob<float>& bottom) const {
    const Desc from = AnyDesc(Rows(bottom), factors_), weights = AnyDesc(WeightDims(bottom), factors_);
    const Desc to = AnyDesc({M_, N_});
    if (bias_term_) return {{prop_kind::forward_training, from, weights, PlainDesc({N_}), to}, CpuEngine()};
    return {{prop_kind::forward_training, from, weights, to}, CpuEngine()};
  }

  template <class Primitive>
  struct Made {
    typename Primitive::primitive_desc description;
    Primitive primitive;
  };

  void Forward(const Blobs& bottom, const Blobs& top) {
    using Primitive = dnnl::inner_product_forward;
    auto& made = forwards_.For({PlainDesc(Rows(*bottom[0]))}, [&] {
      const auto description = Describe(*bottom[0]);
      return Made<Primitive>{description, Primitive(description)};
    });
    Output out(DataOf(*top[0], {M_, N_}), made.description.dst_desc());
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, Read(DataOf(*bottom[0], Rows(*bottom[0])), made.description.src_desc())},
        {DNNL_ARG_WEIGHTS, Read(Weights(*bottom[0], false), made.description.weights_desc())},
        {DNNL_ARG_DST, out.Memory()}};
    if (bias_term_) arguments[DNNL_ARG_BIAS] = Read(Bias(false), made.description.bias_desc());
    Execute(made.primitive, arguments);
    out.Finish();
  }

  void BackwardData(const Blobs& bottom, const Blobs& top) {
    using Primitive = dnnl::inner_product_backward_data;
    auto& made = to_data_.For({PlainDesc(Rows(*bottom[0]))}, [&] {
      const Primitive::primitive_desc description(
          {AnyDesc(Rows(*bottom[0])), AnyDesc(WeightDims(*bottom[0]), factors_), AnyDesc({M_, N_}, factors_)},
          CpuEngine(), Describe(*bottom[0]));
      return Made<Primitive>{description, Primitive(description)};
    });
    Output out(DiffOf(*bottom[0], Rows(*bottom[0])), made.description.diff_src_desc());
    Execute(made.primitive, {{DNNL_ARG_DIFF_DST, Read(DiffOf(*top[0], {M_, N_}), made.description.diff_dst_desc())},
                             {DNNL_ARG_WEIGHTS, Read(Weights(*bottom[0], false), made.description.weights_desc())},
                             {DNNL_ARG_DIFF_SRC, out.Memory()}});
    out.Finish();
  }

  void BackwardWeights(const Blobs& bottom, const Blobs& top) {
    using Primitive = dnnl::inner_product_backward_weights;
    const bool bias = bias_term_ && param_propagate_down_[1];
    auto& made = to_weights_.For({PlainDesc(Rows(*bottom[0]))}, [&] {
      const Desc from = AnyDesc(Rows(*bottom[0]), factors_), to = AnyDesc({M_, N_}, factors_);
      const Desc weights = AnyDesc(WeightDims(*bottom[0]));
      using Description = Primitive::primitive_desc;
      const auto forward = Describe(*bottom[0]);
      const Description description = bias ? Description({from, weights, PlainDesc({N_}), to}, CpuEngine(), forward)
                                           : Description({from, weights, to}, CpuEngine(), forward);
      return Made<Primitive>{description, Primitive(description)};
    });
    dnnl::memory weights(made.description.diff_weights_desc(), CpuEngine());
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, Read(DataOf(*bottom[0], Rows(*bottom[0])), made.description.src_desc())},
        {DNNL_ARG_DIFF_DST, Read(DiffOf(*top[0], {M_, N_}), made.description.diff_dst_desc())},
        {DNNL_ARG_DIFF_WEIGHTS, weights}};
    dnnl::memory biases;
    if (bias) arguments[DNNL_ARG_DIFF_BIAS] = biases = dnnl::memory(PlainDesc({N_}), CpuEngine());
    Execute(made.primitive, arguments);
    if (param_propagate_down_[0]) AddTo(Weights(*bottom[0], true), weights);
    if (bias) AddTo(Bias(true), biases);
  }

  // Caffe's backward of the weights alone is its backward without propagate_down; the other half has no name there.
  void StockBackwardData(const Blobs& bottom, const Blobs& top) {
    const std::vector<bool> learns = param_propagate_down_;
    param_propagate_down_.assign(learns.size(), false);
    Stock::Backward_cpu(top, {true}, bottom);
    param_propagate_down_ = learns;
  }

  const Type factors_ = TypeOfFactors();
  ChosenWay forward_, data_, weights_;
  Memo<Made<dnnl::inner_product_forward>> forwards_;
  Memo<Made<dnnl::inner_product_backward_data>> to_data_;
  Memo<Made<dnnl::inner_product_backward_weights>> to_weights_;
};

}  // namespace

void ServeInnerProduct() { Serve<Stock, ServedInnerProduct>("InnerProduct"); }

}  // namespace tscaffe
