// LRN, BatchNorm, Scale and Softmax.
#include <algorithm>
#include <caffe/layers/lrn_layer.hpp>
#include <caffe/layers/softmax_layer.hpp>
#include <cmath>
#include <optional>
#include <vector>

#include "caffe/layers.h"
#include "layer/given_params.h"
#include "layer/without_empty_bottom.h"
#include "onednn/served_whole.h"
#include "onednn/tail.h"

namespace tscaffe {

namespace {

using dnnl::normalization_flags;
using dnnl::prop_kind;

bool IsImage(const caffe::Blob<float>& blob) { return blob.num_axes() >= 2 && blob.num_axes() <= 5; }

// Whether these are the learnable blobs that a layer for so many channels was set up with.
bool HaveCounts(const Params& params, const std::vector<int>& counts) {
  return std::equal(params.begin(), params.end(), counts.begin(), counts.end(),
                    [](auto& param, int count) { return param->count() == count; });
}

class ServedLrn : public ServedWhole<caffe::LRNLayer<float>> {
 public:
  using ServedWhole::ServedWhole;

 protected:
  bool Fits(const Blobs& bottom, const Blobs&) const override { return bottom[0]->num_axes() == 4; }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const Tensor from = DataOf(*bottom[0]);
    last_ = LayoutOf(from) == from.plain ? BlockedDesc(from.plain.dims()) : LayoutOf(from);
    auto& made = For(last_);
    // In place, backward still needs what was there.
    input_ = bottom[0] == top[0] ? CopyOf(Read(from, last_)) : dnnl::memory();
    Output out(DataOf(*top[0]), last_);
    Execute(made.forward, {{DNNL_ARG_SRC, bottom[0] == top[0] ? input_ : Read(from, last_)},
                           {DNNL_ARG_DST, out.Memory()},
                           {DNNL_ARG_WORKSPACE, made.workspace}});
    out.Finish();
  }

  void Backward(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    auto& made = For(last_);
    const auto diffs = Read(DiffOf(*top[0]), last_);
    Output out(DiffOf(*bottom[0]), last_);
    Execute(made.backward, {{DNNL_ARG_SRC, bottom[0] == top[0] ? input_ : Read(DataOf(*bottom[0]), last_)},
                            {DNNL_ARG_DIFF_DST, diffs},
                            {DNNL_ARG_DIFF_SRC, out.Memory()},
                            {DNNL_ARG_WORKSPACE, made.workspace}});
    out.Finish();
  }

 private:
  struct Made {
    dnnl::lrn_forward forward;
    dnnl::lrn_backward backward;
    dnnl::memory workspace;
  };

  Made& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      const bool across = layer_param_.lrn_param().norm_region() == caffe::LRNParameter_NormRegion_ACROSS_CHANNELS;
      const auto kind = across ? dnnl::algorithm::lrn_across_channels : dnnl::algorithm::lrn_within_channel;
      const auto& parameter = layer_param_.lrn_param();
      const float k = across ? parameter.k() : 1;  // within a channel Caffe does not read it
      const int size = static_cast<int>(parameter.local_size());
      const dnnl::lrn_forward::primitive_desc description(
          {prop_kind::forward_training, kind, layout, size, parameter.alpha(), parameter.beta(), k}, CpuEngine());
      const dnnl::lrn_backward::primitive_desc back(
          {kind, layout, layout, size, parameter.alpha(), parameter.beta(), k}, CpuEngine(), description);
      return Made{dnnl::lrn_forward(description), dnnl::lrn_backward(back),
                  dnnl::memory(description.workspace_desc(), CpuEngine())};
    });
  }

  Memo<Made> made_;
  Desc last_;  // the bottom's layout in the last forward
  dnnl::memory input_;
};

// A normalization by given or computed means and variances, with or without factors and offsets.
struct Normalization {
  dnnl::batch_normalization_forward forward;
  dnnl::batch_normalization_backward backward;
};

Normalization Normalize(const Desc& layout, float eps, normalization_flags flags) {
  const dnnl::batch_normalization_forward::primitive_desc description({prop_kind::forward_training, layout, eps, flags},
                                                                      CpuEngine());
  const bool learns = (flags & normalization_flags::use_scale_shift) == normalization_flags::use_scale_shift;
  const dnnl::batch_normalization_backward::primitive_desc back(
      {learns ? prop_kind::backward : prop_kind::backward_data, layout, layout, eps, flags}, CpuEngine(), description);
  return {dnnl::batch_normalization_forward(description), dnnl::batch_normalization_backward(back)};
}

dnnl::memory VectorOf(int64_t length, float value) {
  dnnl::memory vector(PlainDesc({length}), CpuEngine());
  std::fill_n(static_cast<float*>(vector.get_data_handle()), length, value);
  return vector;
}

float* ValuesOf(const dnnl::memory& vector) { return static_cast<float*>(vector.get_data_handle()); }

class ServedBatchNorm : public ServedWhole<WithSoundParams<caffe::BatchNormLayer<float>>>, public TailLayer {
 public:
  using ServedWhole::ServedWhole;

  bool Join(Tail& tail) const override {
    if (!use_global_stats_ || !HaveCounts(blobs_, {tail.channels, tail.channels, 1})) return false;
    return tail.Map(blobs_, [this](ChannelMap& map) {
      const double weight = FactorOfSums();
      for (size_t i = 0; i < map.factors.size(); ++i) {
        const double factor = 1 / std::sqrt(weight * blobs_[1]->cpu_data()[i] + eps_);
        map.factors[i] *= factor;
        map.offsets[i] = (map.offsets[i] - weight * blobs_[0]->cpu_data()[i]) * factor;
      }
    });
  }
  bool NeedsOwnForward() const override { return true; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    IsComputed() ? NoteServed() : ServedWhole::Forward_cpu(bottom, top);
  }

  // Without eps, what fills up the last block of channels gets NaN for a gradient: see ServedScale.
  bool Fits(const Blobs& bottom, const Blobs&) const override { return IsImage(*bottom[0]) && eps_ > 0; }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const Tensor from = DataOf(*bottom[0]);
    last_ = LayoutOf(from);
    if (!mean_values_ || mean_values_.get_desc().dims()[0] != channels_) {
      mean_values_ = VectorOf(channels_, 0);
      variance_values_ = VectorOf(channels_, 0);
    }
    if (use_global_stats_) TakeRunningSums();
    const bool in_place = bottom[0] == top[0];
    // The layer above, often in place too, writes over what backward needs.
    input_ = in_place && !use_global_stats_ ? CopyOf(Read(from, last_)) : dnnl::memory();
    const auto values = input_ ? input_ : Read(from, last_);
    Output out(DataOf(*top[0]), last_);
    Execute(For(last_).forward, {{DNNL_ARG_SRC, values},
                                 {DNNL_ARG_DST, out.Memory()},
                                 {DNNL_ARG_MEAN, mean_values_},
                                 {DNNL_ARG_VARIANCE, variance_values_}});
    out.Finish();
    if (!use_global_stats_) AddToRunningSums(bottom[0]->count() / channels_);
  }

  void Backward(const Blobs& top, const std::vector<bool>&, const Blobs& bottom) override {
    const auto diffs = Read(DiffOf(*top[0]), last_);
    // By global statistics the gradient does not depend on the values.
    const auto values = input_ ? input_ : use_global_stats_ ? diffs : Read(DataOf(*bottom[0]), last_);
    Output out(DiffOf(*bottom[0]), last_);
    Execute(For(last_).backward, {{DNNL_ARG_SRC, values},
                                  {DNNL_ARG_MEAN, mean_values_},
                                  {DNNL_ARG_VARIANCE, variance_values_},
                                  {DNNL_ARG_DIFF_DST, diffs},
                                  {DNNL_ARG_DIFF_SRC, out.Memory()}});
    out.Finish();
  }

 private:
  Normalization& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      return Normalize(layout, eps_,
                       use_global_stats_ ? normalization_flags::use_global_stats : normalization_flags::none);
    });
  }

  // Caffe keeps sums, and in the third blob what they must be divided by.
  float FactorOfSums() const {
    const float weight = blobs_[2]->cpu_data()[0];
    return weight == 0 ? 0 : 1 / weight;
  }

  void TakeRunningSums() {
    const float factor = FactorOfSums();
    for (int i = 0; i < channels_; ++i) {
      ValuesOf(mean_values_)[i] = factor * blobs_[0]->cpu_data()[i];
      ValuesOf(variance_values_)[i] = factor * blobs_[1]->cpu_data()[i];
    }
  }

  // `items` is how many values each mean is of.
  void AddToRunningSums(int items) {
    const float kept = moving_average_fraction_;
    const float unbiased = items > 1 ? static_cast<float>(items) / static_cast<float>(items - 1) : 1;
    float* means = blobs_[0]->mutable_cpu_data();
    float* variances = blobs_[1]->mutable_cpu_data();
    for (int i = 0; i < channels_; ++i) {
      means[i] = ValuesOf(mean_values_)[i] + kept * means[i];
      variances[i] = unbiased * ValuesOf(variance_values_)[i] + kept * variances[i];
    }
    float& weight = blobs_[2]->mutable_cpu_data()[0];
    weight = weight * kept + 1;
  }

  Memo<Normalization> made_;
  Desc last_;
  dnnl::memory input_, mean_values_, variance_values_;
};

// Factors, and perhaps offsets, for the channels: a normalization by a mean of 0 and a variance of 0, to which 1 is
// added. (oneDNN takes 0 for the variances of what fills up the last block of channels. With nothing added, their
// gradients became NaN, and so did all of the convolution below.)
class ServedScale : public ServedWhole<WithoutEmptyBottom<caffe::ScaleLayer<float>>>, public TailLayer {
 public:
  using ServedWhole::ServedWhole;

  bool Join(Tail& tail) const override {
    if (axis_ != 1 || !HaveCounts(blobs_, std::vector<int>(bias_layer_ ? 2 : 1, tail.channels))) return false;
    return tail.Map(blobs_, [this](ChannelMap& map) {
      for (size_t i = 0; i < map.factors.size(); ++i) {
        const double factor = blobs_[0]->cpu_data()[i];
        map.factors[i] *= factor;
        map.offsets[i] *= factor;
        if (bias_layer_) map.offsets[i] += blobs_[bias_param_id_]->cpu_data()[i];
      }
    });
  }
  bool NeedsOwnForward() const override { return true; }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override {
    IsComputed() ? NoteServed() : ServedWhole::Forward_cpu(bottom, top);
  }

  bool Fits(const Blobs& bottom, const Blobs&) const override {
    return bottom.size() == 1 && IsImage(*bottom[0]) && axis_ == 1 && scale_dim_ == bottom[0]->shape(1);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const Tensor from = DataOf(*bottom[0]);
    last_ = LayoutOf(from);
    if (!zeros_ || zeros_.get_desc().dims()[0] != scale_dim_) zeros_ = VectorOf(scale_dim_, 0);
    input_ = bottom[0] == top[0] ? CopyOf(Read(from, last_)) : dnnl::memory();
    const auto values = input_ ? input_ : Read(from, last_);
    Output out(DataOf(*top[0]), last_);
    Execute(For(last_).forward, {{DNNL_ARG_SRC, values},
                                 {DNNL_ARG_DST, out.Memory()},
                                 {DNNL_ARG_MEAN, zeros_},
                                 {DNNL_ARG_VARIANCE, zeros_},
                                 {DNNL_ARG_SCALE_SHIFT, FactorsAndOffsets()}});
    out.Finish();
  }

  void Backward(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    const auto diffs = Read(DiffOf(*top[0]), last_);
    const auto values = input_ ? input_ : Read(DataOf(*bottom[0]), last_);
    const dnnl::memory learnt(PlainDesc({2, scale_dim_}), CpuEngine());
    // oneDNN computes it in any case.
    std::optional<Output> out;
    if (propagate_down[0]) out.emplace(DiffOf(*bottom[0]), last_);
    Execute(For(last_).backward, {{DNNL_ARG_SRC, values},
                                  {DNNL_ARG_MEAN, zeros_},
                                  {DNNL_ARG_VARIANCE, zeros_},
                                  {DNNL_ARG_SCALE_SHIFT, FactorsAndOffsets()},
                                  {DNNL_ARG_DIFF_DST, diffs},
                                  {DNNL_ARG_DIFF_SRC, out ? out->Memory() : dnnl::memory(last_, CpuEngine())},
                                  {DNNL_ARG_DIFF_SCALE_SHIFT, learnt}});
    if (out) out->Finish();
    if (param_propagate_down_[0]) {
      // Caffe's own code does not add the gradient of a single item to those before it.
      const bool replaces = outer_dim_ == 1 && (scale_dim_ > 1 || inner_dim_ == 1);
      if (replaces) std::fill_n(blobs_[0]->mutable_cpu_diff(), scale_dim_, 0.0F);
      AddTo(blobs_[0]->mutable_cpu_diff(), ValuesOf(learnt));
    }
    if (bias_layer_ && param_propagate_down_[bias_param_id_]) {
      AddTo(blobs_[bias_param_id_]->mutable_cpu_diff(), ValuesOf(learnt) + scale_dim_);
    }
  }

 private:
  dnnl::memory FactorsAndOffsets() const {
    dnnl::memory both(PlainDesc({2, scale_dim_}), CpuEngine());
    std::copy_n(blobs_[0]->cpu_data(), scale_dim_, ValuesOf(both));
    if (bias_layer_) {
      std::copy_n(blobs_[bias_param_id_]->cpu_data(), scale_dim_, ValuesOf(both) + scale_dim_);
    } else {
      std::fill_n(ValuesOf(both) + scale_dim_, scale_dim_, 0.0F);
    }
    return both;
  }

  void AddTo(float* sum, const float* terms) const { caffe::caffe_axpy(scale_dim_, 1.0F, terms, sum); }

  Normalization& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      return Normalize(layout, 1, normalization_flags::use_global_stats | normalization_flags::use_scale_shift);
    });
  }

  Memo<Normalization> made_;
  Desc last_;
  dnnl::memory input_, zeros_;
};

class ServedSoftmax : public ServedWhole<caffe::SoftmaxLayer<float>> {
 public:
  using ServedWhole::ServedWhole;

 protected:
  bool Fits(const Blobs& bottom, const Blobs&) const override { return bottom[0]->num_axes() <= 5; }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const Tensor from = DataOf(*bottom[0]);
    const auto values = Read(from, from.plain);
    Output out(DataOf(*top[0]), from.plain);
    Execute(For(from.plain).forward, {{DNNL_ARG_SRC, values}, {DNNL_ARG_DST, out.Memory()}});
    out.Finish();
  }

  void Backward(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const Tensor data = DataOf(*top[0]), diff = DiffOf(*top[0]);
    const auto values = Read(data, data.plain), diffs = Read(diff, diff.plain);
    Output out(DiffOf(*bottom[0]), data.plain);
    Execute(For(data.plain).backward,
            {{DNNL_ARG_DST, values}, {DNNL_ARG_DIFF_DST, diffs}, {DNNL_ARG_DIFF_SRC, out.Memory()}});
    out.Finish();
  }

 private:
  struct Made {
    dnnl::softmax_forward forward;
    dnnl::softmax_backward backward;
  };

  Made& For(const Desc& layout) {
    return made_.For({layout}, [&] {
      const dnnl::softmax_forward::primitive_desc description({prop_kind::forward_training, layout, softmax_axis_},
                                                              CpuEngine());
      const dnnl::softmax_backward::primitive_desc back({layout, layout, softmax_axis_}, CpuEngine(), description);
      return Made{dnnl::softmax_forward(description), dnnl::softmax_backward(back)};
    });
  }

  Memo<Made> made_;
};

}  // namespace

void ServeNormalizations() {
  Serve<caffe::LRNLayer<float>, ServedLrn>("LRN");
  Serve<WithSoundParams<caffe::BatchNormLayer<float>>, ServedBatchNorm>("BatchNorm");
  Serve<WithoutEmptyBottom<caffe::ScaleLayer<float>>, ServedScale>("Scale");
  Serve<caffe::SoftmaxLayer<float>, ServedSoftmax>("Softmax");
}

}  // namespace tscaffe
