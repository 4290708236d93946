// Caffe's random numbers: those of the calling thread, which setRandomSeed starts anew.
#include <cstring>

#include "caffe_headers.h"
#include "math/arguments.h"
#include "math/math.h"

namespace tscaffe {

namespace {

// (a, b, r)
napi_value Uniform(const MathArguments& arguments) {
  const Floats r = arguments.Array(2, "r");
  caffe::caffe_rng_uniform<float>(r.count, arguments.Number(0), arguments.Number(1), r.data);
  return nullptr;
}

// (mu, sigma, r)
napi_value Gaussian(const MathArguments& arguments) {
  const Floats r = arguments.Array(2, "r");
  caffe::caffe_rng_gaussian<float>(r.count, arguments.Number(0), arguments.Number(1), r.data);
  return nullptr;
}

// (p, r). Caffe draws integers of the size of a float; they are turned into floats where they are.
napi_value Bernoulli(const MathArguments& arguments) {
  const Floats r = arguments.Array(1, "r");
  caffe::caffe_rng_bernoulli<float>(r.count, arguments.Number(0), reinterpret_cast<int*>(r.data));
  for (int i = 0; i < r.count; ++i) {
    int drawn;
    std::memcpy(&drawn, r.data + i, sizeof(drawn));
    r.data[i] = static_cast<float>(drawn);
  }
  return nullptr;
}

constexpr MathFunction kFunctions[] = {{"rngUniform", Uniform}, {"rngGaussian", Gaussian}, {"rngBernoulli", Bernoulli}};

}  // namespace

void ExportRandom(Napi::Object math) {
  for (auto& function : kFunctions) Export(math, function);
}

}  // namespace tscaffe
