#include "blob/memory.h"

#include "caffe/reveal.h"

namespace tscaffe {

struct OwnCpuData {
  using Member = bool caffe::SyncedMemory::*;
  friend Member Get(OwnCpuData);
};
template struct Reveal<OwnCpuData, &caffe::SyncedMemory::own_cpu_data_>;

struct CpuData {
  using Member = void* caffe::SyncedMemory::*;
  friend Member Get(CpuData);
};
template struct Reveal<CpuData, &caffe::SyncedMemory::cpu_ptr_>;

struct OwnGpuData {
  using Member = bool caffe::SyncedMemory::*;
  friend Member Get(OwnGpuData);
};
template struct Reveal<OwnGpuData, &caffe::SyncedMemory::own_gpu_data_>;

struct GpuData {
  using Member = void* caffe::SyncedMemory::*;
  friend Member Get(GpuData);
};
template struct Reveal<GpuData, &caffe::SyncedMemory::gpu_ptr_>;

// A memory that has none yet owns what it will get.
bool OwnsMemory(const caffe::SyncedMemory& memory) {
  return (memory.*Get(CpuData()) == nullptr || memory.*Get(OwnCpuData())) &&
         (memory.*Get(GpuData()) == nullptr || memory.*Get(OwnGpuData()));
}

}  // namespace tscaffe
