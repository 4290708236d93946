// The arguments of a math function, straight from Node-API: the wrappers of node-addon-api cost more than a short axpy.
// TypeScript has checked types and lengths (src/math/); what only addresses tell, whether arrays overlap, is checked
// here.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "caffe/headers.h"

namespace tscaffe {

// Values on the host or on the device.
struct Floats {
  float* data;
  int count;
  const char* name;
};

struct Integers {
  int32_t* data;
  int count;
};

// `Side` says where arrays lie: Host or Device (host.cc, cuda_device.cc).
template <class Side>
class Arguments {
 public:
  Arguments(napi_env env, const napi_value* values) : env_(env), values_(values) {}

  napi_env Env() const { return env_; }

  // Ask for the operands before the result: where they lie in the memory of one blob, that is brought to the device
  // before it is marked as written.
  Floats Operand(int index, const char* name) const { return Side::Operand(env_, values_[index], name); }
  Floats Result(int index, const char* name) const { return Side::Result(env_, values_[index], name); }

  float Number(int index) const {
    double number = 0;
    napi_get_value_double(env_, values_[index], &number);
    return static_cast<float>(number);
  }
  int Integer(int index) const {
    int32_t number = 0;
    napi_get_value_int32(env_, values_[index], &number);
    return number;
  }
  bool Flag(int index) const {
    bool flag = false;
    napi_get_value_bool(env_, values_[index], &flag);
    return flag;
  }
  CBLAS_TRANSPOSE Transposed(int index) const { return Flag(index) ? CblasTrans : CblasNoTrans; }

  // Whole numbers of 32 bits, on the host.
  Integers IntegersAt(int index) const {
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env_, values_[index], nullptr, &length, &data, nullptr, nullptr);
    return {static_cast<int32_t*>(data), static_cast<int>(length)};
  }
  bool IsFloats(int index) const {
    napi_typedarray_type type = napi_float32_array;
    napi_get_typedarray_info(env_, values_[index], &type, nullptr, nullptr, nullptr, nullptr);
    return type == napi_float32_array;
  }

  // What a body returns that gives a number; others return null.
  napi_value Give(double number) const {
    napi_value value = nullptr;
    napi_create_double(env_, number, &value);
    return value;
  }

 private:
  const napi_env env_;
  const napi_value* const values_;
};

// BLAS may read an operand again after it has written a part of the result. Throws a RangeError.
inline void RequireApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data + operand.count <= result.data || result.data + result.count <= operand.data) return;
  throw Napi::RangeError::New(
      env, std::string(operand.name) + " and " + result.name + " share memory; the result needs an array of its own");
}

// A loop over elements may work in place, but not on a shifted piece of its own operand. Throws a RangeError.
inline void RequireSameOrApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data != result.data) RequireApart(env, operand, result);
}

// What a function of `math` does.
template <class Side>
using MathBody = napi_value (*)(const Arguments<Side>& arguments);

}  // namespace tscaffe
