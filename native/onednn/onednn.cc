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

std::string KeyOf(const caffe::Layer<float>& layer, const char* pass) {
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
         std::to_string(EngineThreads()) + " " + pass + " " + parameter.ShortDebugString();
}

void ExportOneDnn(Napi::Env env, Napi::Object exports) {
  exports["oneDnnVersion"] = Napi::Function::New<&TellVersion>(env, "oneDnnVersion");
}

}  // namespace tscaffe

#else

namespace tscaffe {

void InstallOneDnn() {}

bool IsServedByOneDnn(const caffe::Layer<float>&) { return false; }

void ExportOneDnn(Napi::Env, Napi::Object) {}

}  // namespace tscaffe

#endif
