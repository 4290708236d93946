#include "layer/pooling.h"

#include <algorithm>
#include <vector>

#include "onednn/max_pooling.h"
#include "onednn/served_whole.h"

namespace tscaffe {

namespace {

using dnnl::algorithm;

Desc Blocks(const caffe::Blob<float>& blob) { return BlockedDesc(DimsOf(blob)); }

float* ValuesIn(const dnnl::memory& memory) { return static_cast<float*>(memory.get_data_handle()); }

class ServedPooling : public ServedWhole<GuardedPooling> {
 public:
  using ServedWhole::ServedWhole;

 protected:
  // oneDNN counts in a mean all of the window or what lies within the image; Caffe what lies within the image and its
  // padding, over which the last window may reach, for Caffe rounds sizes up. Stochastic pooling and masks are Caffe's.
  bool Fits(const Blobs&, const Blobs& top) const override {
    if (top.size() > 1 || top[0]->count() == 0) return false;
    if (IsMax()) return true;
    const auto rim = Rim();
    const bool counts_all = rim[0] <= pad_h_ && rim[1] <= pad_w_, counts_image = pad_h_ == 0 && pad_w_ == 0;
    return IsMean() && (counts_all || counts_image) && rim[0] < kernel_h_ && rim[1] < kernel_w_;
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const auto values = Read(DataOf(*bottom[0]), Blocks(*bottom[0]));
    Output out(DataOf(*top[0]), Blocks(*top[0]));
    if (IsMax()) {
      places_.resize(out.Memory().get_desc().get_size() / sizeof(float));
      PoolMaxima(Sizes(*bottom[0]), ValuesIn(values), ValuesIn(out.Memory()), places_.data());
    } else {
      Execute(For(*bottom[0], *top[0]).forward, {{DNNL_ARG_SRC, values}, {DNNL_ARG_DST, out.Memory()}});
    }
    out.Finish();
  }

  void Backward(const Blobs& top, const std::vector<bool>& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const auto diffs = Read(DiffOf(*top[0]), Blocks(*top[0]));
    Output out(DiffOf(*bottom[0]), Blocks(*bottom[0]));
    if (IsMax()) {
      UnpoolMaxima(Sizes(*bottom[0]), ValuesIn(diffs), places_.data(), ValuesIn(out.Memory()));
    } else {
      Execute(For(*bottom[0], *top[0]).backward, {{DNNL_ARG_DIFF_DST, diffs}, {DNNL_ARG_DIFF_SRC, out.Memory()}});
    }
    out.Finish();
  }

 private:
  using Method = caffe::PoolingParameter_PoolMethod;
  struct Means {
    dnnl::pooling_forward forward;
    dnnl::pooling_backward backward;
  };

  Method PoolMethod() const { return layer_param_.pooling_param().pool(); }
  bool IsMax() const { return PoolMethod() == caffe::PoolingParameter_PoolMethod_MAX; }
  bool IsMean() const { return PoolMethod() == caffe::PoolingParameter_PoolMethod_AVE; }

  PoolingSizes Sizes(const caffe::Blob<float>& bottom) const {
    const int block = ChannelBlock();
    const int planes = bottom.shape(0) * ((bottom.shape(1) + block - 1) / block);
    return {planes,    block,     height_,   width_,    pooled_height_, pooled_width_,
            kernel_h_, kernel_w_, stride_h_, stride_w_, pad_h_,         pad_w_};
  }

  // How far the last windows reach over the edge.
  Dims Rim() const {
    return {std::max(0, (pooled_height_ - 1) * stride_h_ + kernel_h_ - height_ - pad_h_),
            std::max(0, (pooled_width_ - 1) * stride_w_ + kernel_w_ - width_ - pad_w_)};
  }

  Means& For(const caffe::Blob<float>& bottom, const caffe::Blob<float>& top) {
    const Desc from = Blocks(bottom), to = Blocks(top);
    return means_.For({from, to}, [&] {
      const bool counts_image = pad_h_ == 0 && pad_w_ == 0;
      const auto kind = counts_image ? algorithm::pooling_avg_exclude_padding : algorithm::pooling_avg_include_padding;
      const Dims stride{stride_h_, stride_w_}, kernel{kernel_h_, kernel_w_}, pad{pad_h_, pad_w_}, rim = Rim();
      const dnnl::pooling_forward::primitive_desc description(
          {dnnl::prop_kind::forward_training, kind, from, to, stride, kernel, pad, rim}, CpuEngine());
      const dnnl::pooling_backward::primitive_desc back({kind, from, to, stride, kernel, pad, rim}, CpuEngine(),
                                                        description);
      return Means{dnnl::pooling_forward(description), dnnl::pooling_backward(back)};
    });
  }

  Memo<Means> means_;
  std::vector<int> places_;  // of the maxima of the last forward
};

}  // namespace

void ServePooling() { Serve<GuardedPooling, ServedPooling>("Pooling"); }

}  // namespace tscaffe
