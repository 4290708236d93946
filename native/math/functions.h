// Caffe's math for layers written in TypeScript: one entry a function, no defaults; the same on the host and on the
// device.
#pragma once

#include "environment/environment.h"
#include "environment/errors.h"
#include "guard/guard.h"
#include "math/arguments.h"

namespace tscaffe {

template <class Side>
struct MathFunctions {
  using Call = const Arguments<Side>&;
  using Unary = void(int, const float*, float*);
  using Binary = void(int, const float*, const float*, float*);

  // (transA, transB, m, n, k, alpha, a, b, beta, c)
  static napi_value Gemm(Call call) {
    const Floats a = call.Operand(6, "a"), b = call.Operand(7, "b"), c = call.Result(9, "c");
    RequireApart(call.Env(), a, c);
    RequireApart(call.Env(), b, c);
    Side::Gemm(call.Transposed(0), call.Transposed(1), call.Integer(2), call.Integer(3), call.Integer(4),
               call.Number(5), a.data, b.data, call.Number(8), c.data);
    return nullptr;
  }

  // (transA, m, n, alpha, a, x, beta, y)
  static napi_value Gemv(Call call) {
    const Floats a = call.Operand(4, "a"), x = call.Operand(5, "x"), y = call.Result(7, "y");
    RequireApart(call.Env(), a, y);
    RequireApart(call.Env(), x, y);
    Side::Gemv(call.Transposed(0), call.Integer(1), call.Integer(2), call.Number(3), a.data, x.data, call.Number(6),
               y.data);
    return nullptr;
  }

  // (alpha, x, y)
  static napi_value Axpy(Call call) {
    const Floats x = call.Operand(1, "x"), y = call.Result(2, "y");
    RequireApart(call.Env(), x, y);
    Side::Axpy(y.count, call.Number(0), x.data, y.data);
    return nullptr;
  }

  // (alpha, x, beta, y)
  static napi_value Axpby(Call call) {
    const Floats x = call.Operand(1, "x"), y = call.Result(3, "y");
    RequireApart(call.Env(), x, y);
    Side::Axpby(y.count, call.Number(0), x.data, call.Number(2), y.data);
    return nullptr;
  }

  // (alpha, x, y)
  static napi_value Scale(Call call) {
    const Floats x = call.Operand(1, "x"), y = call.Result(2, "y");
    RequireApart(call.Env(), x, y);
    Side::Scale(y.count, call.Number(0), x.data, y.data);
    return nullptr;
  }

  // (x, y)
  static napi_value Dot(Call call) {
    const Floats x = call.Operand(0, "x"), y = call.Operand(1, "y");
    return call.Give(Side::Dot(x.count, x.data, y.data));
  }

  // (x)
  static napi_value Asum(Call call) {
    const Floats x = call.Operand(0, "x");
    return call.Give(Side::Asum(x.count, x.data));
  }

  // (alpha, x)
  template <void function(int, float, float*)>
  static napi_value Change(Call call) {
    const Floats x = call.Result(1, "x");
    function(x.count, call.Number(0), x.data);
    return nullptr;
  }

  // (a, y)
  template <Unary function>
  static napi_value Apply(Call call) {
    const Floats a = call.Operand(0, "a"), y = call.Result(1, "y");
    RequireSameOrApart(call.Env(), a, y);
    function(y.count, a.data, y.data);
    return nullptr;
  }

  // (a, b, y)
  template <Binary function>
  static napi_value Combine(Call call) {
    const Floats a = call.Operand(0, "a"), b = call.Operand(1, "b"), y = call.Result(2, "y");
    RequireSameOrApart(call.Env(), a, y);
    RequireSameOrApart(call.Env(), b, y);
    function(y.count, a.data, b.data, y.data);
    return nullptr;
  }

  // (a, b, y)
  static napi_value Powx(Call call) {
    const Floats a = call.Operand(0, "a"), y = call.Result(2, "y");
    RequireSameOrApart(call.Env(), a, y);
    Side::Powx(y.count, a.data, call.Number(1), y.data);
    return nullptr;
  }

  // (a, b, r): of the calling thread's random numbers, which setRandomSeed starts anew
  static napi_value Uniform(Call call) {
    const Floats r = call.Result(2, "r");
    Side::Uniform(r.count, call.Number(0), call.Number(1), r.data);
    return nullptr;
  }

  // (mu, sigma, r)
  static napi_value Gaussian(Call call) {
    const Floats r = call.Result(2, "r");
    Side::Gaussian(r.count, call.Number(0), call.Number(1), r.data);
    return nullptr;
  }

  // Makes the function: its body runs guarded, with up to ten arguments.
  static void Export(Napi::Object math, const char* name, MathBody<Side> body) {
    napi_value value = nullptr;
    napi_create_function(math.Env(), name, NAPI_AUTO_LENGTH, &Run, reinterpret_cast<void*>(body), &value);
    math[name] = value;
  }

  static Napi::Object ExportAll(Napi::Env env) {
    auto math = Napi::Object::New(env);
    Export(math, "gemm", &Gemm);
    Export(math, "gemv", &Gemv);
    Export(math, "axpy", &Axpy);
    Export(math, "axpby", &Axpby);
    Export(math, "scal", &Change<&Side::Scal>);
    Export(math, "scale", &Scale);
    Export(math, "dot", &Dot);
    Export(math, "asum", &Asum);
    Export(math, "set", &Change<&Side::Set>);
    Export(math, "addScalar", &Change<&Side::AddScalar>);
    Export(math, "copy", &Apply<&Side::Copy>);
    Export(math, "add", &Combine<&Side::Add>);
    Export(math, "sub", &Combine<&Side::Sub>);
    Export(math, "mul", &Combine<&Side::Mul>);
    Export(math, "div", &Combine<&Side::Div>);
    Export(math, "sqr", &Apply<&Side::Sqr>);
    Export(math, "sqrt", &Apply<&Side::Sqrt>);
    Export(math, "exp", &Apply<&Side::Exp>);
    Export(math, "log", &Apply<&Side::Log>);
    Export(math, "abs", &Apply<&Side::Abs>);
    Export(math, "sign", &Apply<&Side::Sign>);
    Export(math, "signbit", &Apply<&Side::Signbit>);
    Export(math, "powx", &Powx);
    Export(math, "rngUniform", &Uniform);
    Export(math, "rngGaussian", &Gaussian);
    return math;
  }

 private:
  static constexpr size_t kMostArguments = 10;

  static napi_value Run(napi_env env, napi_callback_info info) {
    size_t count = kMostArguments;
    napi_value values[kMostArguments];
    void* body = nullptr;
    napi_get_cb_info(env, info, &count, values, nullptr, &body);
    napi_value result = nullptr;
    try {
      const Arguments<Side> arguments(env, values);
      result = Guard([&] { return reinterpret_cast<MathBody<Side>>(body)(arguments); });
    } catch (...) {
      Translate(*Environment::Of(env), std::current_exception()).ThrowAsJavaScriptException();
    }
    if (Side::kChangesBlobs) Environment::Of(env)->NextEpoch();
    return result;
  }
};

}  // namespace tscaffe
