#include "blob/capacity.h"

#include <algorithm>

namespace tscaffe {

namespace {

// The members are protected; see solver/solver_access.h.
struct Access : caffe::Blob<float> {
  static int& Capacity(caffe::Blob<float>& blob) { return blob.*(&Access::capacity_); }
  static const boost::shared_ptr<caffe::SyncedMemory>& Data(const caffe::Blob<float>& blob) {
    return blob.*(&Access::data_);
  }
  static const boost::shared_ptr<caffe::SyncedMemory>& Diff(const caffe::Blob<float>& blob) {
    return blob.*(&Access::diff_);
  }
};

size_t ValuesIn(const boost::shared_ptr<caffe::SyncedMemory>& memory) {
  return memory ? memory->size() / sizeof(float) : 0;
}

}  // namespace

void LimitCapacity(caffe::Blob<float>& blob) {
  auto& capacity = Access::Capacity(blob);
  const size_t values = std::min(ValuesIn(Access::Data(blob)), ValuesIn(Access::Diff(blob)));
  capacity = static_cast<int>(std::min<size_t>(capacity, values));
}

}  // namespace tscaffe
