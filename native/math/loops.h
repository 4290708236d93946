// Caffe's loops over elements, with vector instructions: the same operations on the same elements, so the same bits.
// Debian's libcaffe is compiled without vectorisation, and its caffe_sub takes twice as long as numpy's subtract.
#pragma once

#include <cstdint>

namespace tscaffe {

void AddEach(int count, const float* a, const float* b, float* y);
void SubEach(int count, const float* a, const float* b, float* y);
void MulEach(int count, const float* a, const float* b, float* y);
void DivEach(int count, const float* a, const float* b, float* y);
void SqrEach(int count, const float* a, float* y);
void AbsEach(int count, const float* a, float* y);
void AddScalarEach(int count, float alpha, float* x);
// Caffe copies and scales: two passes.
void ScaleEach(int count, float alpha, const float* x, float* y);
// Caffe has this only inside its data layers.
void ScaleEach(int count, float alpha, const uint8_t* x, float* y);

}  // namespace tscaffe
