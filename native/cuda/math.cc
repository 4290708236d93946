// Caffe's math on the device. TypeScript has checked types and lengths (src/math/); what only addresses tell, whether
// operands overlap, is checked here.
#include "caffe_headers.h"
#include "cuda/cuda.h"
#include "cuda/device_pointer.h"
#include "guard/guarded.h"
#include "math/arguments.h"

namespace tscaffe {

namespace {

using Unary = void(int, const float*, float*);
using Binary = void(int, const float*, const float*, float*);

CBLAS_TRANSPOSE Transposed(bool flag) { return flag ? CblasTrans : CblasNoTrans; }

// The arguments of one call. Operands are asked for before the result: where they lie in the memory of one blob, that
// is brought to the device before it is marked as written.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  Napi::Env Env() const { return info_.Env(); }
  float Number(int index) const { return info_[index].As<Napi::Number>(); }
  int Integer(int index) const { return info_[index].As<Napi::Number>(); }
  CBLAS_TRANSPOSE Transpose(int index) const { return Transposed(info_[index].As<Napi::Boolean>()); }

  // What is only read is not written to through this.
  Floats Operand(int index, const char* name) const {
    auto& pointer = Pointer(index);
    return {const_cast<float*>(pointer.Read()), static_cast<int>(pointer.Length()), name};
  }
  Floats Result(int index, const char* name) const {
    auto& pointer = Pointer(index);
    return {pointer.Write(), static_cast<int>(pointer.Length()), name};
  }

 private:
  DevicePointer& Pointer(int index) const { return DevicePointer::From(info_.Env(), info_[index]); }

  const Napi::CallbackInfo& info_;
};

// (transA, transB, m, n, k, alpha, a, b, beta, c)
double Gemm(const Arguments& arguments) {
  const Floats a = arguments.Operand(6, "a"), b = arguments.Operand(7, "b"), c = arguments.Result(9, "c");
  RequireApart(arguments.Env(), a, c);
  RequireApart(arguments.Env(), b, c);
  caffe::caffe_gpu_gemm<float>(arguments.Transpose(0), arguments.Transpose(1), arguments.Integer(2),
                               arguments.Integer(3), arguments.Integer(4), arguments.Number(5), a.data, b.data,
                               arguments.Number(8), c.data);
  return 0;
}

// (transA, m, n, alpha, a, x, beta, y)
double Gemv(const Arguments& arguments) {
  const Floats a = arguments.Operand(4, "a"), x = arguments.Operand(5, "x"), y = arguments.Result(7, "y");
  RequireApart(arguments.Env(), a, y);
  RequireApart(arguments.Env(), x, y);
  caffe::caffe_gpu_gemv<float>(arguments.Transpose(0), arguments.Integer(1), arguments.Integer(2), arguments.Number(3),
                               a.data, x.data, arguments.Number(6), y.data);
  return 0;
}

// (alpha, x, y)
double Axpy(const Arguments& arguments) {
  const Floats x = arguments.Operand(1, "x"), y = arguments.Result(2, "y");
  RequireApart(arguments.Env(), x, y);
  caffe::caffe_gpu_axpy<float>(y.count, arguments.Number(0), x.data, y.data);
  return 0;
}

// (alpha, x, beta, y)
double Axpby(const Arguments& arguments) {
  const Floats x = arguments.Operand(1, "x"), y = arguments.Result(3, "y");
  RequireApart(arguments.Env(), x, y);
  caffe::caffe_gpu_axpby<float>(y.count, arguments.Number(0), x.data, arguments.Number(2), y.data);
  return 0;
}

// (alpha, x)
double Scal(const Arguments& arguments) {
  const Floats x = arguments.Result(1, "x");
  caffe::caffe_gpu_scal<float>(x.count, arguments.Number(0), x.data);
  return 0;
}

// (alpha, x, y)
double Scale(const Arguments& arguments) {
  const Floats x = arguments.Operand(1, "x"), y = arguments.Result(2, "y");
  RequireApart(arguments.Env(), x, y);
  caffe::caffe_gpu_scale<float>(y.count, arguments.Number(0), x.data, y.data);
  return 0;
}

// (x, y): waits for the device
double Dot(const Arguments& arguments) {
  const Floats x = arguments.Operand(0, "x"), y = arguments.Operand(1, "y");
  float result = 0;
  caffe::caffe_gpu_dot<float>(x.count, x.data, y.data, &result);
  return result;
}

// (x): waits for the device
double Asum(const Arguments& arguments) {
  const Floats x = arguments.Operand(0, "x");
  float result = 0;
  caffe::caffe_gpu_asum<float>(x.count, x.data, &result);
  return result;
}

// (alpha, x)
double Set(const Arguments& arguments) {
  const Floats x = arguments.Result(1, "x");
  caffe::caffe_gpu_set<float>(x.count, arguments.Number(0), x.data);
  return 0;
}

// (alpha, x)
double AddScalar(const Arguments& arguments) {
  const Floats x = arguments.Result(1, "x");
  caffe::caffe_gpu_add_scalar<float>(x.count, arguments.Number(0), x.data);
  return 0;
}

void Copy(int count, const float* x, float* y) { caffe::caffe_gpu_memcpy(count * sizeof(float), x, y); }
void Square(int count, const float* x, float* y) { caffe::caffe_gpu_mul<float>(count, x, x, y); }

// (a, y)
template <Unary function>
double Apply(const Arguments& arguments) {
  const Floats a = arguments.Operand(0, "a"), y = arguments.Result(1, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  function(y.count, a.data, y.data);
  return 0;
}

// (a, b, y)
template <Binary function>
double Combine(const Arguments& arguments) {
  const Floats a = arguments.Operand(0, "a"), b = arguments.Operand(1, "b"), y = arguments.Result(2, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  RequireSameOrApart(arguments.Env(), b, y);
  function(y.count, a.data, b.data, y.data);
  return 0;
}

// (a, b, y)
double Powx(const Arguments& arguments) {
  const Floats a = arguments.Operand(0, "a"), y = arguments.Result(2, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  caffe::caffe_gpu_powx<float>(y.count, a.data, arguments.Number(1), y.data);
  return 0;
}

// (a, b, r)
double Uniform(const Arguments& arguments) {
  const Floats r = arguments.Result(2, "r");
  caffe::caffe_gpu_rng_uniform<float>(r.count, arguments.Number(0), arguments.Number(1), r.data);
  return 0;
}

// (mu, sigma, r). cuRAND draws normal numbers in pairs only: the last of an odd number comes from a pair of its own.
double Gaussian(const Arguments& arguments) {
  const Floats r = arguments.Result(2, "r");
  const float mu = arguments.Number(0);
  const float sigma = arguments.Number(1);
  const int even = r.count / 2 * 2;
  if (even > 0) caffe::caffe_gpu_rng_gaussian<float>(even, mu, sigma, r.data);
  if (even == r.count) return 0;
  caffe::SyncedMemory pair(2 * sizeof(float));
  auto* last = static_cast<float*>(pair.mutable_gpu_data());
  caffe::caffe_gpu_rng_gaussian<float>(2, mu, sigma, last);
  caffe::caffe_gpu_memcpy(sizeof(float), last, r.data + even);
  return 0;
}

template <double (*body)(const Arguments&)>
Napi::Value Call(const Napi::CallbackInfo& info) {
  const double result = Guarded(*Environment::Of(info.Env()), [&] { return body(Arguments(info)); });
  return Napi::Number::New(info.Env(), result);
}

}  // namespace

Napi::Object DeviceMathExports(Napi::Env env) {
  auto math = Napi::Object::New(env);
  auto add = [&](const char* name, auto function) { math[name] = Napi::Function::New(env, function, name); };
  add("gemm", Call<Gemm>);
  add("gemv", Call<Gemv>);
  add("axpy", Call<Axpy>);
  add("axpby", Call<Axpby>);
  add("scal", Call<Scal>);
  add("scale", Call<Scale>);
  add("dot", Call<Dot>);
  add("asum", Call<Asum>);
  add("set", Call<Set>);
  add("addScalar", Call<AddScalar>);
  add("copy", Call<Apply<Copy>>);
  add("add", Call<Combine<caffe::caffe_gpu_add<float>>>);
  add("sub", Call<Combine<caffe::caffe_gpu_sub<float>>>);
  add("mul", Call<Combine<caffe::caffe_gpu_mul<float>>>);
  add("div", Call<Combine<caffe::caffe_gpu_div<float>>>);
  add("sqr", Call<Apply<Square>>);
  add("sqrt", Call<Apply<caffe::caffe_gpu_sqrt<float>>>);
  add("exp", Call<Apply<caffe::caffe_gpu_exp<float>>>);
  add("log", Call<Apply<caffe::caffe_gpu_log<float>>>);
  add("abs", Call<Apply<caffe::caffe_gpu_abs<float>>>);
  add("sign", Call<Apply<caffe::caffe_gpu_sign<float>>>);
  add("signbit", Call<Apply<caffe::caffe_gpu_sgnbit<float>>>);
  add("powx", Call<Powx>);
  add("rngUniform", Call<Uniform>);
  add("rngGaussian", Call<Gaussian>);
  return math;
}

}  // namespace tscaffe
