// Caffe's own CPU math, on the memory of Float32Arrays.
#include "math/host.h"

#include <cstdint>
#include <cstring>

#include "math/functions.h"
#include "math/math.h"

namespace tscaffe {

namespace {

// (n, x, incx, y, incy)
napi_value StridedDot(HostCall call) {
  const Floats x = call.Operand(1, "x"), y = call.Operand(3, "y");
  return call.Give(
      caffe::caffe_cpu_strided_dot<float>(call.Integer(0), x.data, call.Integer(2), y.data, call.Integer(4)));
}

// (alpha, x: bytes, y). Caffe has this only inside its data layers; a set and a scal would pass over y twice.
napi_value ScaleBytes(HostCall call) {
  const Floats x = call.Operand(1, "x"), y = call.Result(2, "y");
  RequireApart(call.Env(), {x.data, static_cast<int>((x.count + sizeof(float) - 1) / sizeof(float)), x.name}, y);
  ScaleEach(y.count, call.Number(0), reinterpret_cast<const uint8_t*>(x.data), y.data);
  return nullptr;
}

// (p, r). Caffe draws integers of the size of a float; they are turned into floats where they are.
napi_value Bernoulli(HostCall call) {
  const Floats r = call.Result(1, "r");
  caffe::caffe_rng_bernoulli<float>(r.count, call.Number(0), reinterpret_cast<int*>(r.data));
  for (int i = 0; i < r.count; ++i) {
    int drawn;
    std::memcpy(&drawn, r.data + i, sizeof(drawn));
    r.data[i] = static_cast<float>(drawn);
  }
  return nullptr;
}

}  // namespace

Napi::Object HostMathExports(Napi::Env env) {
  using Functions = MathFunctions<Host>;
  auto math = Functions::ExportAll(env);
  Functions::Export(math, "stridedDot", &StridedDot);
  Functions::Export(math, "scaleBytes", &ScaleBytes);
  Functions::Export(math, "rngBernoulli", &Bernoulli);
  Functions::Export(math, "rngIntegers", &RandomIntegers);
  Functions::Export(math, "shuffle", &Shuffle);
  Functions::Export(math, "sumAll", &SumAll);
  Functions::Export(math, "sumAxis", &SumAxis);
  Functions::Export(math, "maxAxis", &MaxAxis);
  Functions::Export(math, "minAxis", &MinAxis);
  Functions::Export(math, "argmaxAxis", &ArgmaxAxis);
  Functions::Export(math, "sortOrder", &SortOrder);
  Functions::Export(math, "addBroadcast", &AddBroadcast);
  Functions::Export(math, "subBroadcast", &SubBroadcast);
  Functions::Export(math, "mulBroadcast", &MulBroadcast);
  Functions::Export(math, "divBroadcast", &DivBroadcast);
  Functions::Export(math, "transpose", &Transpose);
  Functions::Export(math, "softmax", &Softmax);
  return math;
}

}  // namespace tscaffe
