// Caffe's math on the device, on what DevicePointers stand for.
#include "cuda/device_pointer.h"
#include "math/functions.h"
#include "math/math.h"

namespace tscaffe {

namespace {

struct Device {
  static constexpr bool kChangesBlobs = true;

  // What is only read is not written to through this.
  static Floats Operand(napi_env env, napi_value value, const char* name) {
    auto& pointer = DevicePointer::From(env, value);
    return {const_cast<float*>(pointer.Read()), static_cast<int>(pointer.Length()), name};
  }
  static Floats Result(napi_env env, napi_value value, const char* name) {
    auto& pointer = DevicePointer::From(env, value);
    return {pointer.Write(), static_cast<int>(pointer.Length()), name};
  }

  static constexpr auto Gemm = &caffe::caffe_gpu_gemm<float>;
  static constexpr auto Gemv = &caffe::caffe_gpu_gemv<float>;
  static constexpr auto Axpy = &caffe::caffe_gpu_axpy<float>;
  static constexpr auto Axpby = &caffe::caffe_gpu_axpby<float>;
  static constexpr auto Scale = &caffe::caffe_gpu_scale<float>;
  static constexpr auto Powx = &caffe::caffe_gpu_powx<float>;

  static void Uniform(int n, float a, float b, float* r) { caffe::caffe_gpu_rng_uniform<float>(n, a, b, r); }

  // cuRAND draws normal numbers in pairs only: the last of an odd number comes from a pair of its own.
  static void Gaussian(int n, float mu, float sigma, float* r) {
    const int even = n / 2 * 2;
    if (even > 0) caffe::caffe_gpu_rng_gaussian<float>(even, mu, sigma, r);
    if (even == n) return;
    caffe::SyncedMemory pair(2 * sizeof(float));
    auto* last = static_cast<float*>(pair.mutable_gpu_data());
    caffe::caffe_gpu_rng_gaussian<float>(2, mu, sigma, last);
    caffe::caffe_gpu_memcpy(sizeof(float), last, r + even);
  }

  // These two wait for the device.
  static float Dot(int n, const float* x, const float* y) {
    float result = 0;
    caffe::caffe_gpu_dot<float>(n, x, y, &result);
    return result;
  }
  static float Asum(int n, const float* x) {
    float result = 0;
    caffe::caffe_gpu_asum<float>(n, x, &result);
    return result;
  }

  static void Scal(int n, float alpha, float* x) { caffe::caffe_gpu_scal<float>(n, alpha, x); }
  static void Set(int n, float alpha, float* x) { caffe::caffe_gpu_set<float>(n, alpha, x); }
  static void AddScalar(int n, float alpha, float* x) { caffe::caffe_gpu_add_scalar<float>(n, alpha, x); }

  static void Copy(int n, const float* a, float* y) { caffe::caffe_gpu_memcpy(n * sizeof(float), a, y); }
  static void Add(int n, const float* a, const float* b, float* y) { caffe::caffe_gpu_add<float>(n, a, b, y); }
  static void Sub(int n, const float* a, const float* b, float* y) { caffe::caffe_gpu_sub<float>(n, a, b, y); }
  static void Mul(int n, const float* a, const float* b, float* y) { caffe::caffe_gpu_mul<float>(n, a, b, y); }
  static void Div(int n, const float* a, const float* b, float* y) { caffe::caffe_gpu_div<float>(n, a, b, y); }
  static void Sqr(int n, const float* a, float* y) { caffe::caffe_gpu_mul<float>(n, a, a, y); }
  static void Sqrt(int n, const float* a, float* y) { caffe::caffe_gpu_sqrt<float>(n, a, y); }
  static void Exp(int n, const float* a, float* y) { caffe::caffe_gpu_exp<float>(n, a, y); }
  static void Log(int n, const float* a, float* y) { caffe::caffe_gpu_log<float>(n, a, y); }
  static void Abs(int n, const float* a, float* y) { caffe::caffe_gpu_abs<float>(n, a, y); }
  static void Sign(int n, const float* a, float* y) { caffe::caffe_gpu_sign<float>(n, a, y); }
  static void Signbit(int n, const float* a, float* y) { caffe::caffe_gpu_sgnbit<float>(n, a, y); }
};

}  // namespace

Napi::Object DeviceMathExports(Napi::Env env) { return MathFunctions<Device>::ExportAll(env); }

}  // namespace tscaffe
