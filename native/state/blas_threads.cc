
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "engine/engine.h"
#include "environment/gate.h"
#include "guard/threads.h"
#include "state/state.h"

namespace tscaffe {

namespace {

// A function of the library that serves Caffe, or null. The addon was not loaded globally: the search goes through what
// the addon itself needs.
template <class Function>
Function* Find(const char* name) {
  Dl_info addon{};
  dladdr(reinterpret_cast<void*>(&ChooseBlasThreads), &addon);
  void* handle = dlopen(addon.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  auto* function = reinterpret_cast<Function*>(dlsym(handle, name));
  dlclose(handle);  // one hold on it less; it stays loaded
  return function;
}

struct OpenBlas {
  int (*get)() = Find<int()>("openblas_get_num_threads");
  void (*set)(int) = Find<void(int)>("openblas_set_num_threads");
  char* (*config)() = Find<char*()>("openblas_get_config");
};

const OpenBlas& Library() {
  static const OpenBlas library;
  return library;
}

// OpenBLAS starts those that it has not had before, and where it gets none, sends SIGINT to the process. It never ends
// them, and has as many as it was ever told to.
void RequireBlasThreads(int threads) {
  static std::mutex mutex;
  static int most = Library().get == nullptr ? 1 : Library().get();
  const std::lock_guard<std::mutex> lock(mutex);
  if (threads > most) RequireThreads(threads - most, "setBlasThreads");
  most = std::max(most, threads);
}

// -> what the library calls itself, or undefined
Napi::Value Name(const Napi::CallbackInfo& info) {
  if (Library().config == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), Library().config());
}

// -> their number, or undefined for a library without a say in it
Napi::Value Threads(const Napi::CallbackInfo& info) {
  if (Library().get == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), Library().get());
}

// (number) -> whether the library has a say in it
Napi::Value SetThreads(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()), [&] {
    const int threads = info[0].As<Napi::Number>();
    if (Library().set != nullptr) {
      RequireBlasThreads(threads);
      Library().set(threads);
      SetEngineThreads(threads);
    }
    return Napi::Boolean::New(info.Env(), Library().set != nullptr);
  });
}

}  // namespace

void ChooseBlasThreads() {
  static std::once_flag once;
  std::call_once(once, [] {
    const auto names = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
    const bool is_said =
        std::any_of(names.begin(), names.end(), [](auto* name) { return std::getenv(name) != nullptr; });
    if (!is_said && Library().set != nullptr) Library().set(1);
    if (Library().get != nullptr) SetEngineThreads(Library().get());
  });
}

void ExportBlasThreads(Napi::Env env, Napi::Object exports) {
  exports["blasName"] = Napi::Function::New<Name>(env, "blasName");
  exports["blasThreads"] = Napi::Function::New<Threads>(env, "blasThreads");
  exports["setBlasThreads"] = Napi::Function::New<SetThreads>(env, "setBlasThreads");
}

}  // namespace tscaffe
