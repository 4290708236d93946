#include "data/hdf5_layer.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "file/hdf5.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

using Blobs = std::vector<caffe::Blob<float>*>;

// Caffe opens, reads and closes a file of an HDF5Data layer in one go; a CHECK that fails in between leaves it open,
// and HDF5 would answer the next opening from memory, whatever is in the file by then.
template <class Body>
void ClosingWhatIsRead(Body&& body) {
  try {
    body();
  } catch (...) {
    CloseReadHdf5();
    throw;
  }
}

class Hdf5Layer : public caffe::Layer<float> {
 public:
  Hdf5Layer(const caffe::LayerParameter& parameter, LayerPointer layer)
      : caffe::Layer<float>(parameter), layer_(std::move(layer)) {}

  // An HDF5Output layer closes its file in its destructor, and checks that it could: no caller of a destructor takes an
  // exception, so this would end the process. A layer whose file cannot be closed is never destroyed.
  ~Hdf5Layer() override {
    const Hdf5Lock lock;
    bool can_close = true;
    for (const int64_t file : files_) {
      if (FlushHdf5(file)) continue;
      can_close = false;
      ForgetHdf5(file);
    }
    if (!can_close) new (std::nothrow) LayerPointer(std::move(layer_));
    layer_.reset();
  }

  Hdf5Layer(const Hdf5Layer&) = delete;
  Hdf5Layer& operator=(const Hdf5Layer&) = delete;

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override {
    const Hdf5Lock lock;
    if (!files_.empty()) {
      throw CodedError("ERR_CAFFE_LAYER", std::string(type()) + " is set up once only, for its file is open",
                       CurrentPlace());
    }
    const auto before = OpenHdf5Files();
    ClosingWhatIsRead([&] { layer_->LayerSetUp(bottom, top); });
    for (const int64_t file : OpenHdf5Files()) {
      if (std::find(before.begin(), before.end(), file) == before.end()) files_.push_back(file);
    }
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override { layer_->Reshape(bottom, top); }

  const char* type() const override { return layer_->type(); }
  int ExactNumBottomBlobs() const override { return layer_->ExactNumBottomBlobs(); }
  int MinBottomBlobs() const override { return layer_->MinBottomBlobs(); }
  int MaxBottomBlobs() const override { return layer_->MaxBottomBlobs(); }
  int ExactNumTopBlobs() const override { return layer_->ExactNumTopBlobs(); }
  int MinTopBlobs() const override { return layer_->MinTopBlobs(); }
  int MaxTopBlobs() const override { return layer_->MaxTopBlobs(); }

 protected:
  void Forward_cpu(const Blobs& bottom, const Blobs& top) override { Run(bottom, top); }
  void Forward_gpu(const Blobs& bottom, const Blobs& top) override { Run(bottom, top); }
  void Backward_cpu(const Blobs&, const std::vector<bool>&, const Blobs&) override {}
  void Backward_gpu(const Blobs&, const std::vector<bool>&, const Blobs&) override {}

 private:
  void Run(const Blobs& bottom, const Blobs& top) {
    const Hdf5Lock lock;
    if (files_.empty() || has_written_) {  // it writes once, and says so
      ClosingWhatIsRead([&] { layer_->Forward(bottom, top); });
      return;
    }
    // HDF5 holds back what it is given to write.
    WriteHdf5(layer_param().hdf5_output_param().file_name(), [&] {
      layer_->Forward(bottom, top);
      for (const int64_t file : files_) FlushHdf5(file);
    });
    has_written_ = true;
  }

  LayerPointer layer_;
  std::vector<int64_t> files_;  // that it keeps open
  bool has_written_ = false;
};

}  // namespace

LayerPointer LockedHdf5Layer(const caffe::LayerParameter& parameter, LayerPointer layer) {
  return LayerPointer(new Hdf5Layer(parameter, std::move(layer)));
}

}  // namespace tscaffe
