// The GPU that the calling thread computes on.
#pragma once

#include <cstdint>

namespace tscaffe {

#ifdef CPU_ONLY

inline int CurrentGpu() { return 0; }
inline void AwaitGpu() {}
inline void SeedGpuRandom(uint64_t) {}

#else

// Its number.
int CurrentGpu();

// Waits until it has done all that it has been given.
void AwaitGpu();

// Starts its random numbers anew. (Caffe::set_random_seed does so too, but starts the host's with them.)
void SeedGpuRandom(uint64_t seed);

#endif

}  // namespace tscaffe
