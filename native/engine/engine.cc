#include "engine/engine.h"

#include <atomic>
#include <string>

namespace tscaffe {

namespace {

thread_local Engine engine_of_net = Engine::CAFFE;
std::atomic<int> engine_threads{1};

}  // namespace

Engine EngineOfNet() { return engine_of_net; }

EngineScope::EngineScope(Engine engine) : outer_(engine_of_net) { engine_of_net = engine; }

EngineScope::~EngineScope() { engine_of_net = outer_; }

Engine EngineFrom(Napi::Value name) {
  const std::string engine = name.As<Napi::String>();
  return engine == "onednn:bf16" ? Engine::ONEDNN_BF16 : engine == "onednn" ? Engine::ONEDNN : Engine::CAFFE;
}

void SetEngineThreads(int threads) { engine_threads = threads; }

int EngineThreads() { return engine_threads; }

}  // namespace tscaffe
