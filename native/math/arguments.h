// The arguments of a math function, straight from Node-API: the wrappers of node-addon-api cost more than a short axpy.
// TypeScript has checked types and lengths (src/math/); what only addresses tell, whether arrays overlap, is checked
// here.
#pragma once

#include <napi.h>

#include <cstddef>

namespace tscaffe {

struct Floats {
  float* data;
  int count;
  const char* name;
};

class MathArguments {
 public:
  MathArguments(napi_env env, const napi_value* values) : env_(env), values_(values) {}

  napi_env Env() const { return env_; }
  Floats Array(int index, const char* name) const;
  float Number(int index) const;
  int Integer(int index) const;
  bool Flag(int index) const;

 private:
  const napi_env env_;
  const napi_value* const values_;
};

// BLAS may read an operand again after it has written a part of the result. Throws a RangeError.
void RequireApart(napi_env env, const Floats& operand, const Floats& result);

// A loop over elements may work in place, but not on a shifted piece of its own operand. Throws a RangeError.
void RequireSameOrApart(napi_env env, const Floats& operand, const Floats& result);

// What a function of `math` does; it returns a number, or null for none.
using MathBody = napi_value (*)(const MathArguments& arguments);

struct MathFunction {
  const char* name;
  MathBody body;
};

// Makes the function: its body runs guarded, with up to ten arguments.
void Export(Napi::Object math, const MathFunction& function);

}  // namespace tscaffe
