// The bare launch beside which bench/trials/gpu-launch.ts is measured.
#include <chrono>
#include <cstdio>

__global__ void nothing(const float*, float*, float, int) {}

int main() {
  constexpr int kBursts = 200, kBurst = 200;
  float *x, *y;
  if (cudaMalloc(&x, 1024) != cudaSuccess || cudaMalloc(&y, 1024) != cudaSuccess) return 1;
  double nanoseconds = 0;
  for (int pass = 0; pass < 2; ++pass) {
    nanoseconds = 0;
    for (int i = 0; i < kBursts; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      for (int j = 0; j < kBurst; ++j) nothing<<<1, 256>>>(x, y, 2.0f, 256);
      nanoseconds += std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
      if (cudaDeviceSynchronize() != cudaSuccess) return 1;
    }
  }
  std::printf("{\"wall\":{\"launch\":%f}}\n", nanoseconds / kBursts / kBurst);
}
