// Exceptions of C++ into what JavaScript throws.
#pragma once

#include <napi.h>

#include <exception>

#include "guard/failure.h"

namespace tscaffe {

class Environment;

// What JavaScript threw comes out unchanged, anything else as a CaffeError. These only on the JavaScript thread.
// `make` stands in for the environment's own function that makes CaffeErrors; empty for that.
Napi::Error Translate(const Environment& environment, const std::exception_ptr& exception, Napi::Value make = {});

// A CaffeError with all that is known of the failure, made by the function that TypeScript handed over.
Napi::Error MakeError(const Environment& environment, const CodedError& error, Napi::Value make = {});

}  // namespace tscaffe
