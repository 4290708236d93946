// Caffe's layer registry. It is a plain map of the process, read by every net under construction, on any thread.
#pragma once

#include <string>
#include <vector>

#include "caffe_headers.h"

namespace tscaffe {

// Once per process: layers of type "Python" become TypeScript layers.
void TakeOverPython();

// Once per process, when all of the library's own types are there: whatever makes a layer says its name. Caffe's log
// does not where the solver's rank is not 0.
void NoteCreations();

// Makes `type` a type of TypeScript layers. False if the type is one of the library's own.
bool RegisterType(const std::string& type);

// Whether RegisterType was called for this type, on any thread.
bool IsRegisteredType(const std::string& type);

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
