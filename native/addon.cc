// The addon's surface: typings/native.d.ts is its description.
#include <napi.h>

#include <memory>

#include "blas/threads.h"
#include "blob/blob.h"
#include "caffe_state.h"
#include "cuda/cuda.h"
#include "db/database.h"
#include "environment.h"
#include "file/aside_name.h"
#include "file/write_aside.h"
#include "filler/filler.h"
#include "guard/background.h"
#include "guard/check_failure.h"
#include "guard/copies.h"
#include "guard/guarded.h"
#include "guard/hdf5.h"
#include "guard/log.h"
#include "guard/signals.h"
#include "guard/terminate.h"
#include "layer/caffe_layer.h"
#include "layer/data_layer.h"
#include "layer/registry.h"
#include "math/math.h"
#include "net/net.h"
#include "proto/message.h"
#include "proto/text.h"
#include "solver/solver.h"
#include "timer/timer.h"
#include "weights/weights.h"

namespace tscaffe {

namespace {

// initialize({ CaffeError, Blob, DevicePointer, createLayer, receiveLog }): what native code makes or calls, once per
// environment.
void Initialize(const Napi::CallbackInfo& info) {
  auto& environment = *Environment::Of(info.Env());
  auto hooks = info[0].As<Napi::Object>();
  environment.error_class = Napi::Persistent(hooks.Get("makeError").As<Napi::Function>());
  environment.blob_class = Napi::Persistent(hooks.Get("Blob").As<Napi::Function>());
  environment.create_layer = Napi::Persistent(hooks.Get("createLayer").As<Napi::Function>());
  environment.device_pointer_class = Napi::Persistent(hooks.Get("DevicePointer").As<Napi::Function>());
  environment.receive_log = Napi::Persistent(hooks.Get("receiveLog").As<Napi::Function>());
}

// (type) -> whether it is a type of TypeScript layers now
Napi::Value RegisterLayerType(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), RegisterType(info[0].As<Napi::String>()));
}

Napi::Value StockLayerTypes(const Napi::CallbackInfo& info) { return StringsTo(info.Env(), StockTypes()); }

void SetLogSeverity(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())->SetLogLevel(info[0].As<Napi::Number>());
}

// (place) -> the name of a file or folder to be written beside it
Napi::Value NameAside(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()), [&] {
    const std::string place = info[0].As<Napi::String>();
    RemoveLeftovers(place);
    return Napi::String::New(info.Env(), AsideName(place));
  });
}

// (aside, place)
void PutInPlace(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] { MoveIntoPlace(info[0].As<Napi::String>(), info[1].As<Napi::String>()); });
}

Napi::Object Load(Napi::Env env, Napi::Object exports) {
  MeetCopies();
  InstallLog();
  InstallCheckFailure();
  InstallSignalFailures();
  InstallTerminateFailure();
  TakeOverPython();
  CheckDataLayers();
  NoteCreations();
  ChooseBlasThreads();
  MarkOwnThread();
  CountHdf5Failures();
  auto environment = std::make_shared<Environment>(env);
  env.SetInstanceData(new std::shared_ptr<Environment>(environment));

  exports["stamps"] = environment->stamps.Array();
  exports["Blob"] = Blob::Define(env);
  auto net = Net::Define(env);
  environment->net_class = Napi::Persistent(net);
  exports["Net"] = net;
  exports["Solver"] = Solver::Define(env);
  exports["CaffeLayer"] = CaffeLayer::Define(env);
  exports["Database"] = Database::Define(env);
  exports["Timer"] = Timer::Define(env);
  exports["math"] = MathExports(env);
#ifndef CPU_ONLY
  exports["cuda"] = CudaExports(env);
#endif
  exports["initialize"] = Napi::Function::New<Initialize>(env, "initialize");
  exports["registerLayerType"] = Napi::Function::New<RegisterLayerType>(env, "registerLayerType");
  exports["fillBlob"] = Napi::Function::New<FillBlob>(env, "fillBlob");
  exports["stockLayerTypes"] = Napi::Function::New<StockLayerTypes>(env, "stockLayerTypes");
  exports["setLogSeverity"] = Napi::Function::New<SetLogSeverity>(env, "setLogSeverity");
  exports["parseText"] = Napi::Function::New<ParseText>(env, "parseText");
  exports["printText"] = Napi::Function::New<PrintText>(env, "printText");
  exports["readWeights"] = Napi::Function::New<ReadWeights>(env, "readWeights");
  exports["writeWeights"] = Napi::Function::New<WriteWeights>(env, "writeWeights");
  exports["nameAside"] = Napi::Function::New<NameAside>(env, "nameAside");
  exports["putInPlace"] = Napi::Function::New<PutInPlace>(env, "putInPlace");
  exports["upgrade"] = Napi::Function::New<Upgrade>(env, "upgrade");
  ExportCaffeState(env, exports);
  ExportBlasThreads(env, exports);
  return exports;
}

}  // namespace

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return Load(env, exports); }

NODE_API_MODULE(tscaffe, Init)

}  // namespace tscaffe
