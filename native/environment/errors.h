// Exceptions of C++ into what JavaScript throws.
#pragma once

#include <napi.h>

#include <exception>

#include "guard/failure.h"

namespace tscaffe {

class Environment;

// What JavaScript threw comes out unchanged, anything else as a CaffeError. These only on the JavaScript thread.
Napi::Error Translate(const Environment& environment, const std::exception_ptr& exception);

// A CaffeError with all that is known of the failure, made by the function that TypeScript handed over.
Napi::Error MakeError(const Environment& environment, const CodedError& error);

}  // namespace tscaffe
