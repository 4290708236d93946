// Devices: how many, and what they are.
#include "caffe/headers.h"
#include "cuda/cuda.h"
#include "cuda/device_pointer.h"
#include "cuda/driver.h"
#include "cuda/kernel.h"
#include "environment/gate.h"
#include "guard/cuda_failure.h"
#include "guard/failure.h"
#include "run/gpu.h"

namespace tscaffe {

namespace {

int Count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();
  return 0;
}

void RequireDevice(int device) {
  RequireGpu();
  if (device >= Count()) {
    RequireCuda(cudaErrorInvalidDevice, "device " + std::to_string(device) + " of " + std::to_string(Count()));
  }
}

Napi::Value DeviceCount(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), Count()); }

int AttributeOf(int device, cudaDeviceAttr attribute) {
  int value = 0;
  RequireCuda(cudaDeviceGetAttribute(&value, attribute, device), "deviceQuery");
  return value;
}

struct NamedAttribute {
  const char* name;
  cudaDeviceAttr attribute;
};
constexpr NamedAttribute kAttributes[] = {{"multiprocessors", cudaDevAttrMultiProcessorCount},
                                          {"warpSize", cudaDevAttrWarpSize},
                                          {"maxThreadsPerBlock", cudaDevAttrMaxThreadsPerBlock},
                                          {"registersPerBlock", cudaDevAttrMaxRegistersPerBlock},
                                          {"sharedBytesPerBlock", cudaDevAttrMaxSharedMemoryPerBlock},
                                          {"sharedBytesPerBlockOptin", cudaDevAttrMaxSharedMemoryPerBlockOptin},
                                          {"clockKilohertz", cudaDevAttrClockRate},
                                          {"memoryClockKilohertz", cudaDevAttrMemoryClockRate},
                                          {"memoryBusBits", cudaDevAttrGlobalMemoryBusWidth},
                                          {"l2Bytes", cudaDevAttrL2CacheSize}};

// (device, or -1 for the current one)
Napi::Value DeviceQuery(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()), [&] {
    int device = info[0].As<Napi::Number>();
    RequireGpu();
    const int current = CurrentGpu();
    if (device < 0) device = current;
    RequireDevice(device);
    cudaDeviceProp properties{};
    RequireCuda(cudaGetDeviceProperties(&properties, device), "deviceQuery");
    size_t free_bytes = 0;
    size_t bytes = 0;
    RequireCuda(cudaSetDevice(device), "deviceQuery");
    const auto status = cudaMemGetInfo(&free_bytes, &bytes);
    cudaSetDevice(current);
    RequireCuda(status, "deviceQuery");
    int driver = 0;
    int runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);

    auto env = info.Env();
    auto answer = Napi::Object::New(env);
    auto number = [&](const char* name, double value) { answer[name] = Napi::Number::New(env, value); };
    number("device", device);
    answer["name"] = Napi::String::New(env, properties.name);
    answer["computeCapability"] =
        Napi::String::New(env, std::to_string(properties.major) + "." + std::to_string(properties.minor));
    number("totalBytes", static_cast<double>(bytes));
    number("freeBytes", static_cast<double>(free_bytes));
    for (const auto& [name, attribute] : kAttributes) number(name, AttributeOf(device, attribute));
    number("driverVersion", driver);
    number("runtimeVersion", runtime);
    return answer;
  });
}

// -> what kernels for the current device are compiled for
Napi::Value Arch(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()), [&] {
    RequireGpu();
    const int device = CurrentGpu();
    const int major = AttributeOf(device, cudaDevAttrComputeCapabilityMajor);
    const int minor = AttributeOf(device, cudaDevAttrComputeCapabilityMinor);
    return Napi::String::New(info.Env(), "sm_" + std::to_string(major) + std::to_string(minor));
  });
}

void Synchronize(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [] {
    RequireGpu();
    RequireCuda(cudaDeviceSynchronize(), "cuda.synchronize");
  });
}

}  // namespace

void SetDevice(int device) {
  RequireDevice(device);
  caffe::Caffe::SetDevice(device);
}

Napi::Value CudaExports(Napi::Env env) {
  auto cuda = Napi::Object::New(env);
  cuda["deviceCount"] = Napi::Function::New<DeviceCount>(env, "deviceCount");
  cuda["deviceQuery"] = Napi::Function::New<DeviceQuery>(env, "deviceQuery");
  cuda["arch"] = Napi::Function::New<Arch>(env, "arch");
  cuda["synchronize"] = Napi::Function::New<Synchronize>(env, "synchronize");
  cuda["DevicePointer"] = DevicePointer::Define(env);
  cuda["Kernel"] = Kernel::Define(env);
  return cuda;
}

}  // namespace tscaffe
