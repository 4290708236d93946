// Which views of a blob are right, and the end of those that are not.
#include "blob/blob.h"
#include "net/activity.h"

namespace tscaffe {

void Blob::DetachStaleViews() {
  // Caffe's thread may be reshaping it: its own callbacks, and the end of its run, look again.
  if (activity_ && !activity_->IsReadable()) return;
  if (blob_ != nullptr && blob_->count() > 0) {
    const size_t count = blob_->count();
    if (data_.IsStale(blob_->data(), count)) data_.Detach();
    if (diff_.IsStale(blob_->diff(), count)) diff_.Detach();
#ifndef CPU_ONLY
    for (auto* view : {&gpu_data_, &mutable_gpu_data_}) {
      if (view->IsStale(blob_->data(), count)) view->Detach();
    }
    for (auto* view : {&gpu_diff_, &mutable_gpu_diff_}) {
      if (view->IsStale(blob_->diff(), count)) view->Detach();
    }
#endif
  } else {
    data_.Detach();
    diff_.Detach();
#ifndef CPU_ONLY
    for (auto* view : {&gpu_data_, &mutable_gpu_data_, &gpu_diff_, &mutable_gpu_diff_}) view->Detach();
#endif
  }
  if (!HasViews()) environment_->viewed.erase(this);
}

bool Blob::HasViews() const {
#ifndef CPU_ONLY
  for (const auto* view : {&gpu_data_, &mutable_gpu_data_, &gpu_diff_, &mutable_gpu_diff_}) {
    if (view->IsLive()) return true;
  }
#endif
  return data_.IsLive() || diff_.IsLive();
}

// On the GPU each look may have to copy, and writing must be noted: only what lies on the CPU alone stays right
// unasked.
void Blob::Confirm() {
  if (blob_ == nullptr || (activity_ && !activity_->IsReadable())) return;
  const auto at_cpu = caffe::SyncedMemory::HEAD_AT_CPU;
  if (data_.IsLive() && blob_->data()->head() == at_cpu) environment_->stamps.Confirm(data_slot_);
  if (diff_.IsLive() && blob_->diff()->head() == at_cpu) environment_->stamps.Confirm(diff_slot_);
}

}  // namespace tscaffe
