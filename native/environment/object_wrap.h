// A class of C++ behind objects of JavaScript, which are checked before they are believed.
#pragma once

#include <napi.h>

#include <string>
#include <unordered_set>

namespace tscaffe {

// Napi's own takes whatever any addon has wrapped in an object for a T: a getter of blobs that was called on a net read
// the net as a blob. This one asks whether a T lives at that address. That is also cheaper than a type tag, and a
// second copy of tscaffe.node in the process, with classes of its own, finds none of these.
//
// T has a kName, for errors.
template <class T>
class ObjectWrap : public Napi::ObjectWrap<T> {
 public:
  ObjectWrap(const ObjectWrap&) = delete;
  ObjectWrap& operator=(const ObjectWrap&) = delete;

  // Napi's methods and getters find their `this` by it, since it hides the one of Napi's own.
  static T* Unwrap(const Napi::Object& object) { return &From(object, " for this"); }

  // The T behind a value. An error says "Expected a T" and then what is given.
  static T& From(const Napi::Value& value, const char* that, const char* is = "") {
    void* wrapped = nullptr;
    const bool is_wrapped = napi_unwrap(value.Env(), value, &wrapped) == napi_ok;
    if (is_wrapped && Live().count(wrapped) > 0) return *static_cast<T*>(wrapped);
    const auto expected = std::string("Expected a ") + T::kName + that + is;
    throw Napi::TypeError::New(value.Env(), is_wrapped ? expected + kOther : expected);
  }

 protected:
  explicit ObjectWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) { Live().insert(Address()); }
  ~ObjectWrap() override { Live().erase(Address()); }

 private:
  static constexpr const char* kOther =
      " but received an object of another class, or of a second copy of tscaffe.node in this process";

  // Also asked before the T is constructed and after it is destroyed, as Napi's own constructor does; the sanitizer of
  // undefined behaviour ended every program at its first blob.
  __attribute__((no_sanitize("vptr"))) const void* Address() const { return static_cast<const T*>(this); }

  // Of this thread, as the objects are.
  static std::unordered_set<const void*>& Live() {
    static thread_local std::unordered_set<const void*> live;
    return live;
  }
};

}  // namespace tscaffe
