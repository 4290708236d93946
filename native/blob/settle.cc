#include "blob/settle.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

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

bool IsPossible(const std::vector<int>& shape) {
  int64_t count = 1;
  for (const int size : shape) {
    if (size < 0 || count * size > std::numeric_limits<int>::max()) return false;
    count *= size;
  }
  return true;
}

void EndReshape(caffe::Blob<float>& blob) {
  const std::vector<int> shape = blob.shape();
  blob.Reshape(IsPossible(shape) ? shape : std::vector<int>{0});
}

}  // namespace

void Settle(caffe::Blob<float>& blob) {
  auto& capacity = Access::Capacity(blob);
  const size_t values = std::min(ValuesIn(Access::Data(blob)), ValuesIn(Access::Diff(blob)));
  if (static_cast<size_t>(capacity) > values) capacity = static_cast<int>(values);
  if (blob.count() > capacity) EndReshape(blob);
}

void GiveMemory(caffe::Blob<float>& blob) {
  if (Access::Data(blob)) return;
  const std::vector<int> shape = blob.shape();
  blob.Reshape({1});
  blob.Reshape(shape);
}

}  // namespace tscaffe
