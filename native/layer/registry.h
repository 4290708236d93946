// Who makes Caffe's layers. Caffe's registry is a plain map of the process from types to functions, read by every net
// under construction, on any thread. Here, and nowhere else, its entries are replaced: by a chain of links, each of
// which makes the layer itself or has the next one make it.
#pragma once

#include <functional>
#include <string>
#include <typeinfo>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

using LayerPointer = boost::shared_ptr<caffe::Layer<float>>;

// The links, from the outermost on: the order in which they are asked, whenever they were added. Behind the last one
// stands what made layers of the type before: libcaffe, or another addon of this kind that came first.
enum class Link {
  NOTE,        // notes whose layer is being made, for errors, and whose thread must end before the process
  TYPESCRIPT,  // makes those of "Python" and of registered types
  ENGINE,      // has another engine serve Caffe's own
  GUARD,       // looks at what Caffe's own layers do not check
  LINKS
};

// The rest of the chain.
using NextLink = std::function<LayerPointer(const caffe::LayerParameter& parameter)>;
using LinkBody = LayerPointer (*)(const caffe::LayerParameter& parameter, const NextLink& next);

// Makes `create` the link of this kind for layers of `type`. A type that the registry does not know is left alone.
void Decorate(const std::string& type, Link link, LinkBody create);

// A link that makes one of our own classes of a layer of Caffe's class `Stock`. A layer of another class, such as
// cuDNN's, stays as it is.
template <class Stock, class Ours>
LayerPointer Replace(const caffe::LayerParameter& parameter, const NextLink& next) {
  LayerPointer layer = next(parameter);
  const auto& made = *layer;
  return typeid(made) == typeid(Stock) ? LayerPointer(new Ours(parameter)) : layer;
}

// Once per process, when all of the library's own types are there and nothing has been built: notes what every layer is
// made for, and makes layers of type "Python" TypeScript's.
void TakeOverRegistry();

// Makes `type` a type of TypeScript layers. False if the type is one of the library's own.
bool RegisterType(const std::string& type);

// The types that came with the library.
const std::vector<std::string>& StockTypes();

// Held while Caffe builds a net: nobody changes the registry then. Released while a layer's callback runs, for that may
// register a type, or build a net itself.
class RegistryReading {
 public:
  RegistryReading();
  ~RegistryReading();
  RegistryReading(const RegistryReading&) = delete;
  RegistryReading& operator=(const RegistryReading&) = delete;

 private:
  const bool outer_;
};

class RegistryPause {
 public:
  RegistryPause();
  ~RegistryPause();
  RegistryPause(const RegistryPause&) = delete;
  RegistryPause& operator=(const RegistryPause&) = delete;

 private:
  const bool was_reading_;
};

}  // namespace tscaffe
