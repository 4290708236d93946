// Arithmetic of two arrays of which one may be repeated along some axes, as numpy broadcasts.
#include "math/host.h"

#pragma GCC optimize("O3")  // vector instructions

namespace tscaffe {

namespace {

struct Add {
  static float Of(float a, float b) { return a + b; }
};
struct Sub {
  static float Of(float a, float b) { return a - b; }
};
struct Mul {
  static float Of(float a, float b) { return a * b; }
};
struct Div {
  static float Of(float a, float b) { return a / b; }
};

// The sizes of y, outermost first, and how far a step along each axis goes in a and in b.
struct Axes {
  const int* sizes;
  const int* a;
  const int* b;
  int count;

  Axes Inner() const { return {sizes + 1, a + 1, b + 1, count - 1}; }
};

// The innermost axis: each operand is either read on, or one number. An element of y depends on its own place alone,
// also in place, which GCC could not know.
template <class Operation>
void Row(const Axes& axis, const float* a, const float* b, float* y) {
  const int n = *axis.sizes;
  if (*axis.a == 0) {
    const float left = *a;
#pragma GCC ivdep
    for (int i = 0; i < n; ++i) y[i] = Operation::Of(left, b[i]);
  } else if (*axis.b == 0) {
    const float right = *b;
#pragma GCC ivdep
    for (int i = 0; i < n; ++i) y[i] = Operation::Of(a[i], right);
  } else {
#pragma GCC ivdep
    for (int i = 0; i < n; ++i) y[i] = Operation::Of(a[i], b[i]);
  }
}

// Returns the end of what it has written.
template <class Operation>
float* Walk(const Axes& axes, const float* a, const float* b, float* y) {
  if (axes.count == 1) {
    Row<Operation>(axes, a, b, y);
    return y + *axes.sizes;
  }
  for (int i = 0; i < *axes.sizes; ++i, a += *axes.a, b += *axes.b) y = Walk<Operation>(axes.Inner(), a, b, y);
  return y;
}

// An operand of all elements may be the result; one that is repeated is read again after it would be written.
void RequireUsable(napi_env env, const Floats& operand, const Floats& result) {
  if (operand.count == result.count) {
    RequireSameOrApart(env, operand, result);
  } else {
    RequireApart(env, operand, result);
  }
}

template <class Operation>
napi_value Broadcast(HostCall call) {
  const Integers axes = call.IntegersAt(0);
  const Floats a = call.Operand(1, "a"), b = call.Operand(2, "b"), y = call.Result(3, "y");
  RequireUsable(call.Env(), a, y);
  RequireUsable(call.Env(), b, y);
  const int count = axes.count / 3;
  Walk<Operation>({axes.data, axes.data + count, axes.data + 2 * static_cast<ptrdiff_t>(count), count}, a.data, b.data,
                  y.data);
  return nullptr;
}

}  // namespace

napi_value AddBroadcast(HostCall call) { return Broadcast<Add>(call); }

napi_value SubBroadcast(HostCall call) { return Broadcast<Sub>(call); }

napi_value MulBroadcast(HostCall call) { return Broadcast<Mul>(call); }

napi_value DivBroadcast(HostCall call) { return Broadcast<Div>(call); }

}  // namespace tscaffe
