#include "environment/freed_memory.h"

#include <cstdlib>

namespace tscaffe {

void KeepFreedMemory() {
  // A little less than the most that counts, for the header of the block. It is never written, and so takes no memory.
  constexpr size_t kMost = (32 << 20) - (64 << 10);
  // Volatile, or the compiler leaves the pair out.
  void* volatile block = std::malloc(kMost);
  std::free(block);
}

}  // namespace tscaffe
