#include "onednn/onednn.h"

#ifdef TSCAFFE_ONEDNN

#include <dnnl.hpp>
#include <string>

#include "engine/engine.h"
#include "onednn/serve.h"
#include "onednn/served_layer.h"

namespace tscaffe {

namespace {

std::string Version() {
  const auto& version = *dnnl::version();
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

// Without them it computes with bfloat16 too, by converting to and fro, or not at all.
bool HasBf16() {
  const auto has = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  return (has & wanted) == wanted;
}

Napi::Value TellVersion(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), Version()); }

}  // namespace

void InstallOneDnn() {
  ServeConvolutions();
  ServeInnerProduct();
  ServePooling();
  ServeActivations();
  ServeNormalizations();
  ServeArrangements();
}

bool IsServedByOneDnn(const caffe::Layer<float>& layer) {
  const auto* served = dynamic_cast<const ServedLayer*>(&layer);
  return served != nullptr && served->IsServed();
}

std::string KeyOf(const caffe::Layer<float>& layer, const char* pass, Type factors) {
  auto parameter = layer.layer_param();
  // What its time does not depend on.
  parameter.clear_name();
  parameter.clear_bottom();
  parameter.clear_top();
  parameter.clear_blobs();
  parameter.clear_param();
  parameter.clear_include();
  parameter.clear_exclude();
  return "oneDNN " + Version() + " isa " + std::to_string(dnnl_get_effective_cpu_isa()) + " threads " +
         std::to_string(EngineThreads()) + " " + pass + (factors == Type::bf16 ? " bf16 " : " ") +
         parameter.ShortDebugString();
}

void ExportOneDnn(Napi::Env env, Napi::Object exports) {
  exports["oneDnnVersion"] = Napi::Function::New<&TellVersion>(env, "oneDnnVersion");
  exports["hasBf16"] = Napi::Boolean::New(env, HasBf16());
}

}  // namespace tscaffe

#else

namespace tscaffe {

void InstallOneDnn() {}

bool IsServedByOneDnn(const caffe::Layer<float>&) { return false; }

void ExportOneDnn(Napi::Env, Napi::Object) {}

}  // namespace tscaffe

#endif
