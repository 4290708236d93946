#include "math/math.h"

namespace tscaffe {

Napi::Object MathExports(Napi::Env env) {
  auto math = Napi::Object::New(env);
  ExportBlas(math);
  ExportElementwise(math);
  ExportRandom(math);
  return math;
}

}  // namespace tscaffe
