// A Float32Array on Caffe's own memory.
#pragma once

#include <napi.h>

#include "caffe/headers.h"

namespace tscaffe {

// Remembers the last array handed out for a blob's data or diff, and hands the same one out again as long as the blob
// uses the same memory at the same length. The array's buffer keeps the memory alive, whatever becomes of the blob. (A
// SyncedMemory that JavaScript sees owns its values, and they stay where they are: see layer/lent_tops.h.)
class View {
 public:
  // The array for `memory`, which has been brought to the CPU; an older one for other memory is detached (length 0), so
  // that a stale view fails loudly instead of reading numbers that the blob no longer has.
  Napi::Value Array(Napi::Env env, const boost::shared_ptr<caffe::SyncedMemory>& memory, size_t count);

  bool IsLive() const { return memory_ != nullptr; }
  bool IsStale(const boost::shared_ptr<caffe::SyncedMemory>& memory, size_t count) const {
    return memory_ != nullptr && (memory_ != memory.get() || count_ != count);
  }
  void Detach();

 private:
  Napi::Reference<Napi::Float32Array> array_;  // weak, as is the other
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  const caffe::SyncedMemory* memory_ = nullptr;
  size_t count_ = 0;
};

}  // namespace tscaffe
