#include <dlfcn.h>

#include <climits>
#include <cstdlib>
#include <cstring>

#include "caffe/headers.h"
#include "cuda/cuda.h"
#include "environment/gate.h"
#include "guard/cuda_failure.h"
#include "state/state.h"

namespace tscaffe {

namespace {

void SetMode(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] {
    const bool gpu = info[0].As<Napi::String>().Utf8Value() == "gpu";
    if (gpu) RequireGpu();
    caffe::Caffe::set_mode(gpu ? caffe::Caffe::GPU : caffe::Caffe::CPU);
  });
}

Napi::Value Mode(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), caffe::Caffe::mode() == caffe::Caffe::GPU ? "gpu" : "cpu");
}

void ChooseDevice(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] { SetDevice(info[0].As<Napi::Number>()); });
}

void SetRandomSeed(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()),
          [&] { caffe::Caffe::set_random_seed(info[0].As<Napi::Number>().Uint32Value()); });
}

Napi::Value SolverCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), caffe::Caffe::solver_count());
}

void SetSolverCount(const Napi::CallbackInfo& info) { caffe::Caffe::set_solver_count(info[0].As<Napi::Number>()); }

Napi::Value SolverRank(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), caffe::Caffe::solver_rank());
}

void SetSolverRank(const Napi::CallbackInfo& info) { caffe::Caffe::set_solver_rank(info[0].As<Napi::Number>()); }

void SetMultiprocess(const Napi::CallbackInfo& info) { caffe::Caffe::set_multiprocess(info[0].As<Napi::Boolean>()); }

// (text): a line of severity info in Caffe's log
void Log(const Napi::CallbackInfo& info) {
  Running(*Environment::Of(info.Env()), [&] { LOG(INFO) << info[0].As<Napi::String>().Utf8Value(); });
}

// Caffe has its version in a macro of its own build only; the library's file is named by it (libcaffe.so.1.0.0).
std::string Version() {
  Dl_info library{};
  char path[PATH_MAX];
  dladdr(reinterpret_cast<void*>(&caffe::Caffe::Get), &library);
  if (library.dli_fname == nullptr || realpath(library.dli_fname, path) == nullptr) return "unknown";
  const char* suffix = std::strstr(path, ".so.");
  return suffix == nullptr ? "unknown" : suffix + std::strlen(".so.");
}

}  // namespace

void ExportCaffeState(Napi::Env env, Napi::Object exports) {
  exports["version"] = Napi::String::New(env, Version());
  exports["hasGpu"] = Napi::Boolean::New(env, kHasGpu);
  exports["setMode"] = Napi::Function::New<SetMode>(env, "setMode");
  exports["mode"] = Napi::Function::New<Mode>(env, "mode");
  exports["setDevice"] = Napi::Function::New<ChooseDevice>(env, "setDevice");
  exports["setRandomSeed"] = Napi::Function::New<SetRandomSeed>(env, "setRandomSeed");
  exports["solverCount"] = Napi::Function::New<SolverCount>(env, "solverCount");
  exports["setSolverCount"] = Napi::Function::New<SetSolverCount>(env, "setSolverCount");
  exports["solverRank"] = Napi::Function::New<SolverRank>(env, "solverRank");
  exports["setSolverRank"] = Napi::Function::New<SetSolverRank>(env, "setSolverRank");
  exports["setMultiprocess"] = Napi::Function::New<SetMultiprocess>(env, "setMultiprocess");
  exports["log"] = Napi::Function::New<Log>(env, "log");
}

}  // namespace tscaffe
