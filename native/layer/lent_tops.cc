#include "layer/lent_tops.h"

#include <caffe/layers/memory_data_layer.hpp>
#include <utility>

#include "caffe/reveal.h"

namespace tscaffe {

struct Head {
  using Member = caffe::SyncedMemory::SyncedHead caffe::SyncedMemory::*;
  friend Member Get(Head);
};
template struct Reveal<Head, &caffe::SyncedMemory::head_>;

struct CpuData {
  using Member = void* caffe::SyncedMemory::*;
  friend Member Get(CpuData);
};
template struct Reveal<CpuData, &caffe::SyncedMemory::cpu_ptr_>;

struct GpuData {
  using Member = void* caffe::SyncedMemory::*;
  friend Member Get(GpuData);
};
template struct Reveal<GpuData, &caffe::SyncedMemory::gpu_ptr_>;

namespace {

using Memory = LentTops::Memory;

// The memory of a blob's data is a protected member; see solver/solver_access.h.
struct Access : caffe::Blob<float> {
  static Memory& Data(caffe::Blob<float>& blob) { return blob.*(&Access::data_); }
};

// What `memory` held is of no more use: to ask for it on either side copies nothing from the other.
void Outdate(caffe::SyncedMemory& memory, bool on_gpu) {
  const bool is_there = memory.*(on_gpu ? Get(GpuData()) : Get(CpuData())) != nullptr;
  memory.*Get(Head()) = is_there ? caffe::SyncedMemory::SYNCED : caffe::SyncedMemory::UNINITIALIZED;
}

// On the side where the batch is.
void Copy(size_t count, caffe::SyncedMemory& batch, caffe::SyncedMemory& own) {
  const bool on_gpu = batch.head() == caffe::SyncedMemory::HEAD_AT_GPU;
  Outdate(own, on_gpu);
  const void* from = on_gpu ? batch.gpu_data() : batch.cpu_data();
  void* to = on_gpu ? own.mutable_gpu_data() : own.mutable_cpu_data();
  caffe::caffe_copy(static_cast<int>(count), static_cast<const float*>(from), static_cast<float*>(to));
}

}  // namespace

std::optional<LentTops> LentTops::Of(const caffe::Layer<float>& layer) {
  const bool lends = dynamic_cast<const caffe::BasePrefetchingDataLayer<float>*>(&layer) != nullptr ||
                     dynamic_cast<const caffe::MemoryDataLayer<float>*>(&layer) != nullptr;
  return lends ? std::make_optional<LentTops>() : std::nullopt;
}

void LentTops::Before(const Blobs& top) {
  aside_.resize(top.size());
  for (size_t i = 0; i < top.size(); ++i) {
    Memory& memory = Access::Data(*top[i]);
    auto& [own, given] = aside_[i];
    if (given == nullptr || memory != given) own = memory;  // else it is what a forward that failed left
    memory = given = boost::make_shared<caffe::SyncedMemory>(top[i]->count() * sizeof(float));
  }
}

void LentTops::After(const Blobs& top) {
  for (size_t i = 0; i < top.size(); ++i) {
    Memory& memory = Access::Data(*top[i]);
    const size_t count = top[i]->count();
    auto [own, given] = std::move(aside_[i]);
    const Memory batch = memory;
    if (own == nullptr || own->size() < count * sizeof(float)) {
      own = boost::make_shared<caffe::SyncedMemory>(count * sizeof(float));
    }
    memory = own;
    if (count > 0) Copy(count, *batch, *own);
  }
  aside_.clear();
}

}  // namespace tscaffe
