// The link of the chain that makes layers (layer/registry.h) which has oneDNN serve Caffe's own.
#pragma once

#include <string>
#include <typeinfo>

#include "engine/engine.h"
#include "layer/registry.h"
#include "onednn/tensor.h"

namespace tscaffe {

// In nets with that engine, a layer of `type` that would be a `Stock` becomes an `Ours`. A layer of another class, a
// fork's or cuDNN's, stays as it is.
template <class Stock, class Ours>
void Serve(const std::string& type) {
  Decorate(type, Link::ENGINE, [](const caffe::LayerParameter& parameter, const NextLink& next) -> LayerPointer {
    LayerPointer layer = next(parameter);
    if (EngineOfNet() == Engine::CAFFE) return layer;
    const auto& made = *layer;
    return typeid(made) == typeid(Stock) ? LayerPointer(new Ours(parameter)) : layer;
  });
}

// What a pass of a layer is remembered by, but for the shapes of its blobs: the pass, its parameters and the threads.
std::string KeyOf(const caffe::Layer<float>& layer, const char* pass, Type factors = Type::f32);

// Once per process, each for its layers.
void ServeConvolutions();
void ServeInnerProduct();
void ServePooling();
void ServeActivations();
void ServeNormalizations();
void ServeArrangements();

}  // namespace tscaffe
