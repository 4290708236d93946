#include "guard/translate.h"

#include <new>

#include "environment.h"
#include "guard/failure.h"

namespace tscaffe {

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
    return environment.MakeError("ERR_CAFFE_INTERNAL", error.what());
  }
}

}  // namespace tscaffe
