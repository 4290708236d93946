// Caffe's loops over elements.
#include <cstdint>

#include "caffe_headers.h"
#include "math/arguments.h"
#include "math/math.h"

namespace tscaffe {

namespace {

using Unary = void(int, const float*, float*);
using Binary = void(int, const float*, const float*, float*);

// (a, y)
template <Unary function>
napi_value Apply(const MathArguments& arguments) {
  const Floats a = arguments.Array(0, "a"), y = arguments.Array(1, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  function(y.count, a.data, y.data);
  return nullptr;
}

// (a, b, y)
template <Binary function>
napi_value Combine(const MathArguments& arguments) {
  const Floats a = arguments.Array(0, "a"), b = arguments.Array(1, "b"), y = arguments.Array(2, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  RequireSameOrApart(arguments.Env(), b, y);
  function(y.count, a.data, b.data, y.data);
  return nullptr;
}

// (a, b, y)
napi_value Powx(const MathArguments& arguments) {
  const Floats a = arguments.Array(0, "a"), y = arguments.Array(2, "y");
  RequireSameOrApart(arguments.Env(), a, y);
  caffe::caffe_powx<float>(y.count, a.data, arguments.Number(1), y.data);
  return nullptr;
}

// A loop that the compiler makes vector instructions of.
__attribute__((optimize("O3"))) void ScaleEach(int count, float alpha, const uint8_t* x, float* y) {
  for (int i = 0; i < count; ++i) y[i] = alpha * static_cast<float>(x[i]);
}

// (alpha, x: bytes, y). Caffe has this only inside its data layers; a set and a scal would pass over y twice.
napi_value ScaleBytes(const MathArguments& arguments) {
  const Floats x = arguments.Array(1, "x"), y = arguments.Array(2, "y");
  RequireApart(arguments.Env(), {x.data, static_cast<int>((x.count + sizeof(float) - 1) / sizeof(float)), x.name}, y);
  ScaleEach(y.count, arguments.Number(0), reinterpret_cast<const uint8_t*>(x.data), y.data);
  return nullptr;
}

// (alpha, x)
napi_value Set(const MathArguments& arguments) {
  const Floats x = arguments.Array(1, "x");
  caffe::caffe_set<float>(x.count, arguments.Number(0), x.data);
  return nullptr;
}

// (alpha, x)
napi_value AddScalar(const MathArguments& arguments) {
  const Floats x = arguments.Array(1, "x");
  caffe::caffe_add_scalar<float>(x.count, arguments.Number(0), x.data);
  return nullptr;
}

constexpr MathFunction kFunctions[] = {
    {"set", Set},
    {"addScalar", AddScalar},
    {"copy", Apply<caffe::caffe_copy<float>>},
    {"add", Combine<caffe::caffe_add<float>>},
    {"sub", Combine<caffe::caffe_sub<float>>},
    {"mul", Combine<caffe::caffe_mul<float>>},
    {"div", Combine<caffe::caffe_div<float>>},
    {"sqr", Apply<caffe::caffe_sqr<float>>},
    {"sqrt", Apply<caffe::caffe_sqrt<float>>},
    {"exp", Apply<caffe::caffe_exp<float>>},
    {"log", Apply<caffe::caffe_log<float>>},
    {"abs", Apply<caffe::caffe_abs<float>>},
    {"sign", Apply<caffe::caffe_cpu_sign<float>>},
    {"signbit", Apply<caffe::caffe_cpu_sgnbit<float>>},
    {"powx", Powx},
    {"scaleBytes", ScaleBytes},
};

}  // namespace

void ExportElementwise(Napi::Object math) {
  for (auto& function : kFunctions) Export(math, function);
}

}  // namespace tscaffe
