#include "math/arguments.h"

#include <string>

namespace tscaffe {

void RequireApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data + operand.count <= result.data || result.data + result.count <= operand.data) return;
  throw Napi::RangeError::New(
      env, std::string(operand.name) + " and " + result.name + " share memory; the result needs an array of its own");
}

void RequireSameOrApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data != result.data) RequireApart(env, operand, result);
}

}  // namespace tscaffe
