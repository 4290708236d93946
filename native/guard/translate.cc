#include "guard/translate.h"

#include <new>
#include <string>

#include "environment.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

// OpenCV's exceptions are failed checks of a library under Caffe, but for one. Its headers are not needed for their
// texts: "OpenCV(4.5.1) ../modules/core/src/alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 6442450944
// bytes in function 'OutOfMemoryError'".
Napi::Error TranslateOther(const Environment& environment, const std::string& text) {
  if (text.rfind("OpenCV(", 0) != 0) return environment.MakeError("ERR_CAFFE_INTERNAL", text);
  if (text.find("(-4:Insufficient memory)") != std::string::npos) {
    return environment.MakeError(CodedError("ERR_CAFFE_MEMORY", "out of memory: " + text, CurrentPlace()));
  }
  return environment.MakeError(CheckFailure(text, "", 0, CurrentPlace()));
}

}  // namespace

Napi::Error Translate(const Environment& environment, const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const CheckFailure& failure) {
    return environment.MakeError(failure);
  } catch (const ValueError& error) {
    return environment.MakeError(error);
  } catch (const CodedError& error) {
    return environment.MakeError(error);
  } catch (const std::bad_alloc&) {
    return environment.MakeError("ERR_CAFFE_MEMORY", "out of memory");
  } catch (const std::exception& error) {
    return TranslateOther(environment, error.what());
  }
}

}  // namespace tscaffe
