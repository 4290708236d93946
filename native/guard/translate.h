// Exceptions of C++ into what JavaScript throws.
#pragma once

#include <napi.h>

#include <exception>

namespace tscaffe {

class Environment;

// What JavaScript threw comes out unchanged, anything else as a CaffeError. Only on the JavaScript thread.
Napi::Error Translate(const Environment& environment, const std::exception_ptr& exception);

}  // namespace tscaffe
