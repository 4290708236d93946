// A kernel compiled from source at run time, and its launch. src/cuda/kernel.ts makes it friendly.
#pragma once

#include <cuda.h>
#include <napi.h>

#include <map>
#include <memory>

#include "cuda/driver.h"
#include "cuda/nvrtc.h"
#include "environment/environment.h"
#include "environment/object_wrap.h"

namespace tscaffe {

class Kernel : public ObjectWrap<Kernel> {
 public:
  static constexpr const char* kName = "Kernel";
  static Napi::Function Define(Napi::Env env);

  // (source, name, arch, options)
  explicit Kernel(const Napi::CallbackInfo& info);
  ~Kernel() override;

 private:
  struct Loaded {
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    int shared_bytes = 0;  // that it has been allowed to ask for at a launch
  };

  Napi::Value Log(const Napi::CallbackInfo& info);
  Napi::Value Limits(const Napi::CallbackInfo& info);
  void Launch(const Napi::CallbackInfo& info);

  Loaded& OnCurrentDevice();
  void AllowShared(Loaded& loaded, int bytes) const;

  const std::shared_ptr<Environment> environment_;
  CompiledKernel compiled_;
  const Driver* driver_ = nullptr;  // once it has been loaded
  std::map<int, Loaded> loaded_;    // by device
};

}  // namespace tscaffe
