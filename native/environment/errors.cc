#include "environment/errors.h"

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "environment/environment.h"
#include "guard/threads.h"

namespace tscaffe {

namespace {

void DescribePlace(const LayerPlace& place, Napi::Object details) {
  if (place.name.empty()) return;
  auto env = details.Env();
  details["layer"] = Napi::String::New(env, place.name);
  details["layerIndex"] = Napi::Number::New(env, place.index);
  if (*place.doing != 0) details["during"] = Napi::String::New(env, place.doing);
}

void DescribeCheck(const CheckFailure& failure, Napi::Object details) {
  auto env = details.Env();
  const std::string line = failure.line > 0 ? ":" + std::to_string(failure.line) : "";
  details["check"] = Napi::String::New(env, failure.check);
  details["source"] = Napi::String::New(env, failure.file + line);
  if (failure.blame == Blame::SOLVER) details["ofSolver"] = Napi::Boolean::New(env, true);
  if (!failure.unknown_type.empty()) details["unknownType"] = Napi::String::New(env, failure.unknown_type);
}

void DescribeValue(const ValuePlace& value, Napi::Object details) {
  auto env = details.Env();
  if (value.param < 0) {
    details["blob"] = Napi::String::New(env, value.blob);
  } else {
    details["param"] = Napi::Number::New(env, value.param);
  }
  details["values"] = Napi::String::New(env, value.diff ? "diff" : "data");
  details["element"] = Napi::Number::New(env, value.element);
}

// OpenCV's exceptions are failed checks of a library under Caffe.
Napi::Error TranslateOther(const Environment& environment, const std::string& text, Napi::Value make) {
  if (IsFailureOfOpenCv(text)) return MakeError(environment, CheckFailure(text, "", 0, CurrentPlace()), make);
  return MakeError(environment, CodedError("ERR_CAFFE_INTERNAL", text), make);
}

}  // namespace

Napi::Error MakeError(const Environment& environment, const CodedError& error, Napi::Value make) {
  auto env = environment.Env();
  Napi::HandleScope scope(env);
  // A call that ends after the garbage collector has taken the copy of the package that it came from.
  if (environment.make_error.Value().IsEmpty()) return Napi::Error::New(env, error.what());
  auto details = Napi::Object::New(env);
  DescribePlace(error.place, details);
  if (const auto* failure = dynamic_cast<const CheckFailure*>(&error)) DescribeCheck(*failure, details);
  if (const auto* value = dynamic_cast<const ValueError*>(&error)) DescribeValue(value->value, details);
  auto function = make.IsEmpty() ? environment.make_error.Value() : make.As<Napi::Function>();
  auto made = function.Call({Napi::String::New(env, error.code), Napi::String::New(env, error.what()), details});
  return {env, made};
}

Napi::Error Translate(const Environment& environment, const std::exception_ptr& exception, Napi::Value make) {
  try {
    std::rethrow_exception(exception);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const CodedError& error) {
    return MakeError(environment, error, make);
  } catch (const std::bad_alloc&) {
    return MakeError(environment, CodedError("ERR_CAFFE_MEMORY", "out of memory"), make);
  } catch (const std::length_error& error) {  // a list with a negative number of entries, or of 2^61
    const std::string text = "a size is beyond all memory: ";
    return MakeError(environment, CodedError("ERR_CAFFE_MEMORY", text + error.what(), CurrentPlace()), make);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again)
      return TranslateOther(environment, error.what(), make);
    return MakeError(environment, NoThreads("a library under Caffe cannot start a thread"), make);
  } catch (const std::exception& error) {
    return TranslateOther(environment, error.what(), make);
  }
}

}  // namespace tscaffe
