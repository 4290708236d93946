// The arrays of a host function: the memory of Float32Arrays, and Caffe's own CPU math on it.
#pragma once

#include "math/arguments.h"

namespace tscaffe {

// A loop that the compiler makes vector instructions of.
template <class Value>
__attribute__((optimize("O3"))) void ScaleEach(int count, float alpha, const Value* x, float* y) {
  for (int i = 0; i < count; ++i) y[i] = alpha * static_cast<float>(x[i]);
}

struct Host {
  static constexpr bool kChangesBlobs = false;  // an array may lie on one, but is the very memory

  static Floats Operand(napi_env env, napi_value value, const char* name) {
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env, value, nullptr, &length, &data, nullptr, nullptr);
    return {static_cast<float*>(data), static_cast<int>(length), name};
  }
  static Floats Result(napi_env env, napi_value value, const char* name) { return Operand(env, value, name); }

  static constexpr auto Gemm = &caffe::caffe_cpu_gemm<float>;
  static constexpr auto Gemv = &caffe::caffe_cpu_gemv<float>;
  static constexpr auto Axpy = &caffe::caffe_axpy<float>;
  static constexpr auto Axpby = &caffe::caffe_cpu_axpby<float>;
  static constexpr auto Dot = &caffe::caffe_cpu_dot<float>;
  static constexpr auto Asum = &caffe::caffe_cpu_asum<float>;
  static constexpr auto Powx = &caffe::caffe_powx<float>;
  static constexpr auto Uniform = &caffe::caffe_rng_uniform<float>;
  static constexpr auto Gaussian = &caffe::caffe_rng_gaussian<float>;

  static void Scal(int n, float alpha, float* x) { caffe::caffe_scal<float>(n, alpha, x); }
  static void Set(int n, float alpha, float* x) { caffe::caffe_set<float>(n, alpha, x); }
  static void AddScalar(int n, float alpha, float* x) { caffe::caffe_add_scalar<float>(n, alpha, x); }

  // Caffe copies and scales, two passes: 64,000 elements take 6.3 us instead of 4.9. The bits are the same.
  static void Scale(int n, float alpha, const float* x, float* y) {
    if (alpha == 0) {
      caffe::caffe_set<float>(n, 0, y);  // BLAS: whatever x is, NaN included
    } else {
      ScaleEach(n, alpha, x, y);
    }
  }

  static void Copy(int n, const float* a, float* y) { caffe::caffe_copy<float>(n, a, y); }
  static void Add(int n, const float* a, const float* b, float* y) { caffe::caffe_add<float>(n, a, b, y); }
  static void Sub(int n, const float* a, const float* b, float* y) { caffe::caffe_sub<float>(n, a, b, y); }
  static void Mul(int n, const float* a, const float* b, float* y) { caffe::caffe_mul<float>(n, a, b, y); }
  static void Div(int n, const float* a, const float* b, float* y) { caffe::caffe_div<float>(n, a, b, y); }
  static void Sqr(int n, const float* a, float* y) { caffe::caffe_sqr<float>(n, a, y); }
  static void Sqrt(int n, const float* a, float* y) { caffe::caffe_sqrt<float>(n, a, y); }
  static void Exp(int n, const float* a, float* y) { caffe::caffe_exp<float>(n, a, y); }
  static void Log(int n, const float* a, float* y) { caffe::caffe_log<float>(n, a, y); }
  static void Abs(int n, const float* a, float* y) { caffe::caffe_abs<float>(n, a, y); }
  static void Sign(int n, const float* a, float* y) { caffe::caffe_cpu_sign<float>(n, a, y); }
  static void Signbit(int n, const float* a, float* y) { caffe::caffe_cpu_sgnbit<float>(n, a, y); }
};

// What numpy has and Caffe has not; see each file. Arguments<Host> of checked arrays that are not empty.
using HostCall = const Arguments<Host>&;

// Of n numbers that lie together.
double SumOf(int n, const float* x);
float GreatestOf(int n, const float* x);

// (outer, n, inner, x, y): along the middle axis of x, which is outer x n x inner; y is outer x inner
napi_value SumAxis(HostCall call);
napi_value MaxAxis(HostCall call);
napi_value MinAxis(HostCall call);
napi_value ArgmaxAxis(HostCall call);  // y: floats or 32-bit integers
// (x) -> number, added up as doubles
napi_value SumAll(HostCall call);

// (descending, k, outer, n, inner, x, y): the first k places of the sorted order; y: floats or 32-bit integers
napi_value SortOrder(HostCall call);

// (axes, a, b, y): axes holds the sizes of y, then the steps of a, then those of b; 0 where one is repeated
napi_value AddBroadcast(HostCall call);
napi_value SubBroadcast(HostCall call);
napi_value MulBroadcast(HostCall call);
napi_value DivBroadcast(HostCall call);

// (axes, x, y): axes holds the sizes of y, then the steps in x
napi_value Transpose(HostCall call);

// (outer, n, inner, x, y)
napi_value Softmax(HostCall call);

// (most, r: 32-bit integers): each from 0 to most
napi_value RandomIntegers(HostCall call);
// (r: 32-bit integers): in another order
napi_value Shuffle(HostCall call);

}  // namespace tscaffe
