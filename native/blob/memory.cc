#include "blob/memory.h"

#include "guard/reveal.h"

namespace tscaffe {

struct OwnCpuData {
  using Member = bool caffe::SyncedMemory::*;
  friend Member Get(OwnCpuData);
};
template struct Reveal<OwnCpuData, &caffe::SyncedMemory::own_cpu_data_>;

// A memory that has none yet owns what it will get.
bool OwnsMemory(const caffe::SyncedMemory& memory) {
  return memory.head() == caffe::SyncedMemory::UNINITIALIZED || memory.*Get(OwnCpuData());
}

}  // namespace tscaffe
