#include "math/arguments.h"

#include <string>

#include "environment.h"
#include "guard/check_failure.h"

namespace tscaffe {

namespace {

constexpr size_t kMostArguments = 10;

napi_value Call(napi_env env, napi_callback_info info) {
  size_t count = kMostArguments;
  napi_value values[kMostArguments];
  void* body = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &body);
  const MathArguments arguments(env, values);
  try {
    return Guard([&] { return reinterpret_cast<MathBody>(body)(arguments); });
  } catch (const CheckFailure& failure) {
    Environment::Of(env)->MakeError(failure).ThrowAsJavaScriptException();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
  return nullptr;
}

}  // namespace

Floats MathArguments::Array(int index, const char* name) const {
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env_, values_[index], nullptr, &length, &data, nullptr, nullptr);
  return {static_cast<float*>(data), static_cast<int>(length), name};
}

float MathArguments::Number(int index) const {
  double number = 0;
  napi_get_value_double(env_, values_[index], &number);
  return static_cast<float>(number);
}

int MathArguments::Integer(int index) const {
  int32_t number = 0;
  napi_get_value_int32(env_, values_[index], &number);
  return number;
}

bool MathArguments::Flag(int index) const {
  bool flag = false;
  napi_get_value_bool(env_, values_[index], &flag);
  return flag;
}

void RequireApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data + operand.count <= result.data || result.data + result.count <= operand.data) return;
  throw Napi::RangeError::New(
      env, std::string(operand.name) + " and " + result.name + " share memory; the result needs an array of its own");
}

void RequireSameOrApart(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.data != result.data) RequireApart(env, operand, result);
}

void Export(Napi::Object math, const MathFunction& function) {
  napi_value value = nullptr;
  napi_create_function(math.Env(), function.name, NAPI_AUTO_LENGTH, Call, reinterpret_cast<void*>(function.body),
                       &value);
  math[function.name] = value;
}

}  // namespace tscaffe
