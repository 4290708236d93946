// Which engine computes the stock layers of the net that is being built.
#pragma once

#include <napi.h>

#include "caffe/headers.h"

namespace tscaffe {

// With BF16, the factors of convolutions and products are rounded to bfloat16.
enum class Engine { CAFFE, ONEDNN, ONEDNN_BF16 };

// Of the net that this thread builds; CAFFE outside of that.
Engine EngineOfNet();

// Says it while a net or solver is built. A TypeScript layer's callback may build another.
class EngineScope {
 public:
  explicit EngineScope(Engine engine);
  ~EngineScope();
  EngineScope(const EngineScope&) = delete;
  EngineScope& operator=(const EngineScope&) = delete;

 private:
  const Engine outer_;
};

// "caffe", "onednn" or "onednn:bf16"
Engine EngineFrom(Napi::Value name);

// As many threads as BLAS has: for each thread that computes.
void SetEngineThreads(int threads);
int EngineThreads();

}  // namespace tscaffe
