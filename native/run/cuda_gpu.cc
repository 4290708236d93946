#include "caffe/headers.h"
#include "guard/cuda_failure.h"
#include "run/gpu.h"

namespace tscaffe {

int CurrentGpu() {
  int device = 0;
  RequireCuda(cudaGetDevice(&device), "GPU");
  return device;
}

void AwaitGpu() { CUDA_CHECK(cudaDeviceSynchronize()); }

void SeedGpuRandom(uint64_t seed) {
  auto generator = caffe::Caffe::curand_generator();
  CURAND_CHECK(curandSetPseudoRandomGeneratorSeed(generator, seed));
  CURAND_CHECK(curandSetGeneratorOffset(generator, 0));
}

}  // namespace tscaffe
