#include "cuda/kernel.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "cuda/device_pointer.h"
#include "cuda/driver.h"
#include "environment/gate.h"
#include "guard/cuda_failure.h"
#include "proto/message.h"
#include "run/gpu.h"

namespace tscaffe {

namespace {

// What a launch may ask for without a word beforehand.
constexpr int kUsualSharedBytes = 48 * 1024;
constexpr size_t kSlotBytes = 8;

int Attribute(const Driver& driver, CUfunction function, CUfunction_attribute attribute) {
  int value = 0;
  RequireCuda(driver.function_attribute(&value, attribute, function), "kernel");
  return value;
}

}  // namespace

Napi::Function Kernel::Define(Napi::Env env) {
  return DefineClass(env, "Kernel",
                     {InstanceMethod<&Kernel::Log>("log"), InstanceMethod<&Kernel::Limits>("limits"),
                      InstanceMethod<&Kernel::Launch>("launch")});
}

Kernel::Kernel(const Napi::CallbackInfo& info) : ObjectWrap(info), environment_(Environment::Of(info.Env())) {
  Guarded(*environment_, [&] {
    std::vector<std::string> options;
    auto list = info[3].As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); ++i) options.push_back(list.Get(i).As<Napi::String>());
    compiled_ = Compile(info[0].As<Napi::String>(), info[1].As<Napi::String>(), info[2].As<Napi::String>(), options);
  });
}

// Its functions are of no use to anybody else. At the end of the process CUDA may be gone: then nothing matters.
Kernel::~Kernel() {
  for (auto& [device, loaded] : loaded_) {
    int current = 0;
    if (cudaGetDevice(&current) != cudaSuccess || cudaSetDevice(device) != cudaSuccess) continue;
    driver_->module_unload(loaded.module);
    cudaSetDevice(current);
  }
}

Kernel::Loaded& Kernel::OnCurrentDevice() {
  driver_ = &CudaDriver();
  const int device = CurrentGpu();
  const auto known = loaded_.find(device);
  if (known != loaded_.end()) return known->second;
  Loaded loaded;
  const std::string what = "kernel \"" + compiled_.name + "\"";
  RequireCuda(cudaFree(nullptr), what);  // a device is made ready by its first use
  RequireCuda(driver_->module_load_data(&loaded.module, compiled_.image.data()), what);
  RequireCuda(driver_->module_get_function(&loaded.function, loaded.module, compiled_.name.c_str()), what);
  return loaded_[device] = loaded;
}

Napi::Value Kernel::Log(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), compiled_.log); }

// -> { threads: the most in a block on the current device, parameters: their sizes in bytes, or undefined }
Napi::Value Kernel::Limits(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    auto* function = OnCurrentDevice().function;
    const auto& driver = *driver_;
    auto limits = Napi::Object::New(info.Env());
    limits["threads"] =
        Napi::Number::New(info.Env(), Attribute(driver, function, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
    if (driver.parameter_info == nullptr) return limits;
    std::vector<int> sizes;
    size_t offset = 0;
    size_t size = 0;
    while (driver.parameter_info(function, sizes.size(), &offset, &size) == CUDA_SUCCESS) {
      sizes.push_back(static_cast<int>(size));
    }
    limits["parameters"] = IntegersTo(info.Env(), sizes);
    return limits;
  });
}

void Kernel::AllowShared(Loaded& loaded, int bytes) const {
  if (bytes <= kUsualSharedBytes || bytes <= loaded.shared_bytes) return;
  RequireCuda(driver_->set_function_attribute(loaded.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
              "kernel.launch: sharedBytes " + std::to_string(bytes));
  loaded.shared_bytes = bytes;
}

// (grid x, y, z, block x, y, z, bytes of shared memory: Uint32Array; values: 8 bytes for each parameter; pointers: for
// each parameter a DevicePointer, or else its value holds). Plain Node-API: a launch takes CUDA itself 2 us.
void Kernel::Launch(const Napi::CallbackInfo& info) {
  napi_env env = info.Env();
  void* geometry_data = nullptr;
  void* values = nullptr;
  uint32_t count = 0;
  napi_get_typedarray_info(env, info[0], nullptr, nullptr, &geometry_data, nullptr, nullptr);
  napi_get_typedarray_info(env, info[1], nullptr, nullptr, &values, nullptr, nullptr);
  napi_get_array_length(env, info[2], &count);
  const auto* geometry = static_cast<const uint32_t*>(geometry_data);
  Guarded(*environment_, [&] {
    std::vector<void*> parameters(count);
    for (uint32_t i = 0; i < count; ++i) {
      auto* slot = static_cast<char*>(values) + i * kSlotBytes;
      parameters[i] = slot;
      napi_value element = nullptr;
      napi_get_element(env, info[2], i, &element);
      napi_valuetype type = napi_undefined;
      napi_typeof(env, element, &type);
      if (type == napi_undefined) continue;
      auto& pointer = DevicePointer::From(env, element);
      const void* address = pointer.IsWritable() ? pointer.Write() : pointer.Read();
      std::memcpy(slot, &address, sizeof(address));
    }
    auto& loaded = OnCurrentDevice();
    AllowShared(loaded, static_cast<int>(geometry[6]));
    // The stream of no name, on which Caffe works too: what it has begun is done before, what it begins later after.
    RequireCuda(driver_->launch(loaded.function, geometry[0], geometry[1], geometry[2], geometry[3], geometry[4],
                                geometry[5], geometry[6], nullptr, parameters.data(), nullptr),
                "kernel.launch \"" + compiled_.name + "\"");
  });
}

}  // namespace tscaffe
