#include "math/loops.h"

#include <cmath>

#pragma GCC optimize("O3")

namespace tscaffe {

void AddEach(int count, const float* a, const float* b, float* y) {
  for (int i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

void SubEach(int count, const float* a, const float* b, float* y) {
  for (int i = 0; i < count; ++i) y[i] = a[i] - b[i];
}

void MulEach(int count, const float* a, const float* b, float* y) {
  for (int i = 0; i < count; ++i) y[i] = a[i] * b[i];
}

void DivEach(int count, const float* a, const float* b, float* y) {
  for (int i = 0; i < count; ++i) y[i] = a[i] / b[i];
}

void SqrEach(int count, const float* a, float* y) {
  for (int i = 0; i < count; ++i) y[i] = a[i] * a[i];
}

void AbsEach(int count, const float* a, float* y) {
  for (int i = 0; i < count; ++i) y[i] = std::fabs(a[i]);
}

void AddScalarEach(int count, float alpha, float* x) {
  for (int i = 0; i < count; ++i) x[i] += alpha;
}

void ScaleEach(int count, float alpha, const float* x, float* y) {
  for (int i = 0; i < count; ++i) y[i] = alpha * x[i];
}

void ScaleEach(int count, float alpha, const uint8_t* x, float* y) {
  for (int i = 0; i < count; ++i) y[i] = alpha * static_cast<float>(x[i]);
}

}  // namespace tscaffe
