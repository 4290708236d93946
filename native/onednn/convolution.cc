// Convolution and Deconvolution.
#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "caffe/layers.h"
#include "layer/without_empty_image.h"
#include "onednn/choice.h"
#include "onednn/serve.h"
#include "onednn/served_layer.h"
#include "onednn/tail.h"

namespace tscaffe {

namespace {

using dnnl::algorithm;
using dnnl::prop_kind;

// What differs between the two: a Deconvolution's weights lie as those of the convolution that it is the transpose of,
// and so Caffe computes each of its passes by another one of that.
struct Forth {
  using Stock = WithoutEmptyImage<caffe::ConvolutionLayer<float>>;
  using Forward = dnnl::convolution_forward;
  using BackwardData = dnnl::convolution_backward_data;
  using BackwardWeights = dnnl::convolution_backward_weights;
  static constexpr auto kAlgorithm = algorithm::convolution_direct;
  static constexpr bool kIsTransposed = false;
};
struct Back {
  using Stock = WithoutEmptyImage<caffe::DeconvolutionLayer<float>>;
  using Forward = dnnl::deconvolution_forward;
  using BackwardData = dnnl::deconvolution_backward_data;
  using BackwardWeights = dnnl::deconvolution_backward_weights;
  static constexpr auto kAlgorithm = algorithm::deconvolution_direct;
  static constexpr bool kIsTransposed = true;
};

template <class Kind>
class ServedConvolution : public Kind::Stock, public ServedLayer {
  using Stock = typename Kind::Stock;

 public:
  using Stock::Stock;

  bool IsServed() const override { return !forward_.IsCaffe() || !data_.IsCaffe() || !weights_.IsCaffe(); }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    const auto run = [this](Way way, const Blobs& from, const Blobs& to) {
      way == Way::CAFFE ? Stock::Forward_cpu(from, to) : Forward(way, from, to);
    };
    const Way way = Choose(forward_, "forward", bottom, top, run);
    if (way == Way::CAFFE || !ForwardWithTail(way, *bottom[0], *top[0])) run(way, bottom, top);
  }

  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (this->param_propagate_down_[0]) {
      const auto run = [this](Way way, const Blobs& from, const Blobs& to) { BackwardWeights(way, from, to); };
      run(Choose(weights_, "weights", bottom, top, run), bottom, top);
    } else if (LearnsBias()) {
      for (auto* blob : top) AddBiasDiff(*blob);
    }
    if (std::find(propagate_down.begin(), propagate_down.end(), true) == propagate_down.end()) return;
    const auto run = [&](Way way, const Blobs& from, const Blobs& to) { BackwardData(way, from, propagate_down, to); };
    run(Choose(data_, "data", bottom, top, run), bottom, top);
  }

  // Computes the layers behind as well, if there are some. False where it has done nothing.
  virtual bool ForwardWithTail(Way, const caffe::Blob<float>&, const caffe::Blob<float>&) { return false; }

  // (group,) outputs, inputs, window
  Desc PlainWeights() const {
    const Dims window = Window(this->kernel_shape_);
    int64_t places = 1;
    for (const auto size : window) places *= size;
    const int64_t group = this->group_, outputs = this->num_output_ / group, inputs = this->channels_ / group;
    Dims dims{outputs, inputs};
    Dims strides = Kind::kIsTransposed ? Dims{places, outputs * places} : Dims{inputs * places, places};
    int64_t stride = places;
    for (const auto size : window) {
      stride /= size;
      dims.push_back(size);
      strides.push_back(stride);
    }
    if (group > 1) {
      dims.insert(dims.begin(), group);
      strides.insert(strides.begin(), outputs * inputs * places);
    }
    return {dims, Type::f32, strides};
  }

  struct Descs {
    Desc source, weights, bias, target;
  };
  enum class Sum { TARGET, SOURCE, WEIGHTS };
  // Of the descriptions that a primitive is asked for with: which of the three it sums up, of products of the others.
  Descs Wanted(Way way, Sum sum, const caffe::Blob<float>& bottom, const caffe::Blob<float>& top) const {
    const auto type = [&](Sum operand) { return operand == sum ? Type::f32 : factors_; };
    const auto lay = [&](const Dims& dims, Sum operand) {
      return way == Way::PLAIN ? PlainDesc(dims, type(operand)) : AnyDesc(dims, type(operand));
    };
    return {lay(Images(bottom), Sum::SOURCE), AnyDesc(PlainWeights().dims(), type(Sum::WEIGHTS)),
            PlainDesc({this->num_output_}), lay(Images(top), Sum::TARGET)};
  }

  using ForwardDescription = typename Kind::Forward::primitive_desc;
  ForwardDescription Describe(Way way, const caffe::Blob<float>& bottom, const caffe::Blob<float>& top) const {
    return Describe(way, bottom, top, this->bias_term_, {});
  }
  ForwardDescription Describe(Way way, const caffe::Blob<float>& bottom, const caffe::Blob<float>& top, bool has_bias,
                              const dnnl::primitive_attr& attributes) const {
    const auto [source, weights, bias, target] = Wanted(way, Sum::TARGET, bottom, top);
    const Dims stride = Window(this->stride_), dilation = Window(this->dilation_, 1), pad = Window(this->pad_);
    if (has_bias) {
      return {
          {prop_kind::forward_training, Kind::kAlgorithm, source, weights, bias, target, stride, dilation, pad, pad},
          attributes,
          CpuEngine()};
    }
    return {{prop_kind::forward_training, Kind::kAlgorithm, source, weights, target, stride, dilation, pad, pad},
            attributes,
            CpuEngine()};
  }

  template <class Primitive>
  struct Made {
    typename Primitive::primitive_desc description;
    Primitive primitive;
  };

  void Forward(Way way, const Blobs& bottom, const Blobs& top) {
    for (size_t i = 0; i < bottom.size(); ++i) {
      const auto wanted = Wanted(way, Sum::TARGET, *bottom[i], *top[i]);
      auto& made = forwards_.For({wanted.source, wanted.target}, [&] {
        const auto description = Describe(way, *bottom[i], *top[i]);
        return Made<typename Kind::Forward>{description, typename Kind::Forward(description)};
      });
      Forward(made, *bottom[i], *top[i]);
    }
  }

  void Forward(const Made<typename Kind::Forward>& made, const caffe::Blob<float>& bottom,
               const caffe::Blob<float>& top) const {
    Forward(made, bottom, top, Read(Weights(false), made.description.weights_desc()),
            this->bias_term_ ? Read(Bias(false), made.description.bias_desc()) : dnnl::memory());
  }

  void Forward(const Made<typename Kind::Forward>& made, const caffe::Blob<float>& bottom,
               const caffe::Blob<float>& top, const dnnl::memory& weights, const dnnl::memory& bias) const {
    Output out(DataOf(top, Images(top)), made.description.dst_desc());
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, Read(DataOf(bottom, Images(bottom)), made.description.src_desc())},
        {DNNL_ARG_WEIGHTS, weights},
        {DNNL_ARG_DST, out.Memory()}};
    if (bias) arguments[DNNL_ARG_BIAS] = bias;
    Execute(made.primitive, arguments);
    out.Finish();
  }

 private:
  // oneDNN has images of one to three axes.
  bool Fits(const Blobs& bottom, const Blobs& top) const {
    if (this->num_spatial_axes_ < 1 || this->num_spatial_axes_ > 3) return false;
    for (auto* blob : bottom) {
      if (blob->count() == 0) return false;
    }
    for (auto* blob : top) {
      if (blob->count() == 0) return false;
    }
    return true;
  }

  bool LearnsBias() const { return this->bias_term_ && this->param_propagate_down_[1]; }

  template <class Run>
  Way Choose(ChosenWay& chosen, const char* pass, const Blobs& bottom, const Blobs& top, Run&& run) {
    return chosen.For(*bottom[0], [&] {
      if (!Fits(bottom, top)) return Way::CAFFE;
      const std::string key = KeyOf(*this, pass, factors_) + ShapesOf(bottom) + ShapesOf(top);
      return ChooseWay(key, {Way::CAFFE, Way::BLOCKED, Way::PLAIN}, [&](Way way) {
        const Trial trial(bottom, top, this->blobs_);
        run(way, trial.Bottom(), trial.Top());
      });
    });
  }

  Dims Window(const caffe::Blob<int>& sizes, int less = 0) const {
    Dims dims;
    for (int i = 0; i < this->num_spatial_axes_; ++i) dims.push_back(sizes.cpu_data()[i] - less);
    return dims;
  }

  // All axes before the channels count as items, as in Caffe.
  Dims Images(const caffe::Blob<float>& blob) const {
    Dims dims{blob.count(0, this->channel_axis_)};
    for (int axis = this->channel_axis_; axis < blob.num_axes(); ++axis) dims.push_back(blob.shape(axis));
    return dims;
  }

  Tensor Weights(bool diff) const {
    auto& blob = *this->blobs_[0];
    return {diff ? *blob.diff() : *blob.data(), PlainWeights()};
  }

  Tensor Bias(bool diff) const {
    const Dims dims{this->num_output_};
    return diff ? DiffOf(*this->blobs_[1], dims) : DataOf(*this->blobs_[1], dims);
  }

  void BackwardData(Way way, const Blobs& bottom, const std::vector<bool>& propagate_down, const Blobs& top) {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (!propagate_down[i]) continue;
      if (way == Way::CAFFE) {
        StockBackwardData(*bottom[i], *top[i]);
        continue;
      }
      const auto wanted = Wanted(way, Sum::SOURCE, *bottom[i], *top[i]);
      using Primitive = typename Kind::BackwardData;
      auto& made = to_data_.For({wanted.source, wanted.target}, [&] {
        const typename Primitive::primitive_desc description(
            {Kind::kAlgorithm, wanted.source, wanted.weights, wanted.target, Window(this->stride_),
             Window(this->dilation_, 1), Window(this->pad_), Window(this->pad_)},
            CpuEngine(), Describe(way, *bottom[i], *top[i]));
        return Made<Primitive>{description, Primitive(description)};
      });
      Output out(DiffOf(*bottom[i], Images(*bottom[i])), made.description.diff_src_desc());
      Execute(made.primitive,
              {{DNNL_ARG_DIFF_DST, Read(DiffOf(*top[i], Images(*top[i])), made.description.diff_dst_desc())},
               {DNNL_ARG_WEIGHTS, Read(Weights(false), made.description.weights_desc())},
               {DNNL_ARG_DIFF_SRC, out.Memory()}});
      out.Finish();
    }
  }

  void BackwardWeights(Way way, const Blobs& bottom, const Blobs& top) {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (way == Way::CAFFE) {
        StockBackwardWeights(*bottom[i], *top[i]);
        continue;
      }
      const auto wanted = Wanted(way, Sum::WEIGHTS, *bottom[i], *top[i]);
      using Primitive = typename Kind::BackwardWeights;
      const bool bias = LearnsBias();
      auto& made = to_weights_.For({wanted.source, wanted.target}, [&] {
        const Dims stride = Window(this->stride_), dilation = Window(this->dilation_, 1), pad = Window(this->pad_);
        const auto forward = Describe(way, *bottom[i], *top[i]);
        using Description = typename Primitive::primitive_desc;
        const Description description = bias ? Description({Kind::kAlgorithm, wanted.source, wanted.weights,
                                                            wanted.bias, wanted.target, stride, dilation, pad, pad},
                                                           CpuEngine(), forward)
                                             : Description({Kind::kAlgorithm, wanted.source, wanted.weights,
                                                            wanted.target, stride, dilation, pad, pad},
                                                           CpuEngine(), forward);
        return Made<Primitive>{description, Primitive(description)};
      });
      dnnl::memory weights(made.description.diff_weights_desc(), CpuEngine());
      std::unordered_map<int, dnnl::memory> arguments{
          {DNNL_ARG_SRC, Read(DataOf(*bottom[i], Images(*bottom[i])), made.description.src_desc())},
          {DNNL_ARG_DIFF_DST, Read(DiffOf(*top[i], Images(*top[i])), made.description.diff_dst_desc())},
          {DNNL_ARG_DIFF_WEIGHTS, weights}};
      dnnl::memory biases;
      if (bias) arguments[DNNL_ARG_DIFF_BIAS] = biases = dnnl::memory(PlainDesc({this->num_output_}), CpuEngine());
      Execute(made.primitive, arguments);
      AddTo(Weights(true), weights);
      if (bias) AddTo(Bias(true), biases);
    }
  }

  void StockBackwardData(caffe::Blob<float>& bottom, caffe::Blob<float>& top) {
    const float* weights = this->blobs_[0]->cpu_data();
    const float* from = top.cpu_diff();
    float* to = bottom.mutable_cpu_diff();
    for (int n = 0; n < this->num_; ++n, from += this->top_dim_, to += this->bottom_dim_) {
      if constexpr (Kind::kIsTransposed) {
        this->forward_cpu_gemm(from, weights, to);
      } else {
        this->backward_cpu_gemm(from, weights, to);
      }
    }
  }

  void StockBackwardWeights(caffe::Blob<float>& bottom, caffe::Blob<float>& top) {
    float* weights = this->blobs_[0]->mutable_cpu_diff();
    const float* data = bottom.cpu_data();
    const float* diff = top.cpu_diff();
    for (int n = 0; n < this->num_; ++n, data += this->bottom_dim_, diff += this->top_dim_) {
      if constexpr (Kind::kIsTransposed) {
        this->weight_cpu_gemm(diff, data, weights);
      } else {
        this->weight_cpu_gemm(data, diff, weights);
      }
    }
    if (LearnsBias()) AddBiasDiff(top);
  }

  void AddBiasDiff(caffe::Blob<float>& top) {
    float* bias = this->blobs_[1]->mutable_cpu_diff();
    const float* diff = top.cpu_diff();
    for (int n = 0; n < this->num_; ++n, diff += this->top_dim_) this->backward_cpu_bias(bias, diff);
  }

  const Type factors_ = TypeOfFactors();
  ChosenWay forward_, data_, weights_;
  Memo<Made<typename Kind::Forward>> forwards_;
  Memo<Made<typename Kind::BackwardData>> to_data_;
  Memo<Made<typename Kind::BackwardWeights>> to_weights_;
};

// With a tail. (oneDNN's deconvolution computes what comes behind it value by value.)
class FusedConvolution : public ServedConvolution<Forth>, public HeadLayer {
 public:
  using ServedConvolution::ServedConvolution;

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    computed_ = 0;
    ServedConvolution::Forward_cpu(bottom, top);
  }

  bool ForwardWithTail(Way way, const caffe::Blob<float>& bottom, const caffe::Blob<float>& top) override {
    if (channel_axis_ != 1) return false;  // the layers behind take axis 1 for it
    const Tail tail = Gather();
    if (tail.length == 0) return false;
    const auto& made = MakeWithTail(way, bottom, top, tail);
    if (!made) return false;
    if (tail.maps.empty()) {
      Forward(*made, bottom, top);
    } else {
      const auto* folded = folded_.For(tail, blobs_, PlainWeights(), made->description.weights_desc());
      if (folded == nullptr) return false;
      Forward(*made, bottom, top, folded->weights, folded->bias);
    }
    computed_ = tail.length;
    return true;
  }

 private:
  using MadeForward = Made<dnnl::convolution_forward>;

  Tail Gather() const {
    Tail tail(num_output_);
    for (auto* layer : tail_) {
      if (!layer->Join(tail)) break;
      ++tail.length;
    }
    return tail;
  }

  // None where the tail would make it another implementation, which may be a slower one.
  const std::optional<MadeForward>& MakeWithTail(Way way, const caffe::Blob<float>& bottom,
                                                 const caffe::Blob<float>& top, const Tail& tail) {
    const auto wanted = Wanted(way, Sum::TARGET, bottom, top);
    return made_[tail.length].For({wanted.source, wanted.target}, [&]() -> std::optional<MadeForward> {
      dnnl::primitive_attr attributes;
      attributes.set_post_ops(tail.functions);
      try {
        const auto description = Describe(way, bottom, top, bias_term_ || !tail.maps.empty(), attributes);
        const auto alone = Describe(way, bottom, top);
        if (std::strcmp(description.impl_info_str(), alone.impl_info_str()) != 0) return std::nullopt;
        return MadeForward{description, dnnl::convolution_forward(description)};
      } catch (const dnnl::error&) {
        return std::nullopt;
      }
    });
  }

  std::map<size_t, Memo<std::optional<MadeForward>>> made_;  // by the length of the tail
  FoldedParams folded_;
};

}  // namespace

void ServeConvolutions() {
  Serve<Forth::Stock, FusedConvolution>("Convolution");
  Serve<Back::Stock, ServedConvolution<Back>>("Deconvolution");
}

}  // namespace tscaffe
