// The addon's surface: typings/native.d.ts is its description.
#include <napi.h>

#include <memory>
#include <mutex>

#include "blob/blob.h"
#include "cuda/cuda.h"
#include "data/data_layers.h"
#include "data/database.h"
#include "data/datum.h"
#include "data/hdf5_datasets.h"
#include "environment/environment.h"
#include "environment/freed_memory.h"
#include "environment/gate.h"
#include "file/aside.h"
#include "file/hdf5.h"
#include "file/special.h"
#include "guard/addons.h"
#include "guard/guard.h"
#include "guard/log.h"
#include "guard/signals.h"
#include "guard/terminate.h"
#include "image/image.h"
#include "layer/caffe_layer.h"
#include "layer/empty_bottoms.h"
#include "layer/given_params.h"
#include "layer/pooling.h"
#include "layer/registry.h"
#include "layer/set_up_again.h"
#include "math/math.h"
#include "mpi/mpi.h"
#include "net/net.h"
#include "onednn/onednn.h"
#include "proto/message.h"
#include "proto/text.h"
#include "solver/solver.h"
#include "state/state.h"
#include "state/timer.h"
#include "thread/process_exit.h"

namespace tscaffe {

namespace {

// initialize({ makeError, Blob, DevicePointer, bindLayer, receiveLog, Float32Array, Uint8Array }): what native code
// makes or calls, once per environment. The addon's exports keep it.
void Initialize(const Napi::CallbackInfo& info) {
  auto& environment = *Environment::Of(info.Env());
  auto hooks = info[0].As<Napi::Object>();
  info.This().As<Napi::Object>()["hooks"] = hooks;
  const auto hook = [&](const char* name) { return Napi::Weak(hooks.Get(name).As<Napi::Function>()); };
  environment.make_error = hook("makeError");
  environment.blob_class = hook("Blob");
  environment.bind_layer = hook("bindLayer");
  environment.device_pointer_class = hook("DevicePointer");
  environment.receive_log = hook("receiveLog");
  environment.float32_array = hook("Float32Array");
  environment.uint8_array = hook("Uint8Array");
}

// (type) -> whether it is a type of TypeScript layers now
Napi::Value RegisterLayerType(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), RegisterType(info[0].As<Napi::String>()));
}

Napi::Value StockLayerTypes(const Napi::CallbackInfo& info) { return StringsTo(info.Env(), StockTypes()); }

void SetLogSeverity(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())->SetLogLevel(info[0].As<Napi::Number>());
}

// (path) -> { place, aside }: where it leads to, and the name of a file or folder to be written beside that
Napi::Value NameAside(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()), [&] {
    const std::string place = RegularPlaceOf(info[0].As<Napi::String>());
    RemoveLeftovers(place);
    auto names = Napi::Object::New(info.Env());
    names["place"] = Napi::String::New(info.Env(), place);
    names["aside"] = Napi::String::New(info.Env(), AsideName(place));
    return names;
  });
}

// (path) -> whether what is saved there is written into what is there already
Napi::Value IsStream(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()),
                 [&] { return Napi::Boolean::New(info.Env(), PlaceOf(info[0].As<Napi::String>()).IsStream()); });
}

// (path, bytes)
void WriteIntoStream(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] {
    auto bytes = info[1].As<Napi::Uint8Array>();
    WriteStream(info[0].As<Napi::String>(), reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  });
}

// (path) -> "a FIFO" and so on, or an empty text
Napi::Value NameSpecial(const Napi::CallbackInfo& info) {
  return Guarded(*Environment::Of(info.Env()),
                 [&] { return Napi::String::New(info.Env(), SpecialAt(info[0].As<Napi::String>())); });
}

// (aside, place)
void PutInPlace(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] { MoveIntoPlace(info[0].As<Napi::String>(), info[1].As<Napi::String>()); });
}

// JavaScript hears of the process's exit.
void NoteExit(const Napi::CallbackInfo&) { BeginProcessExit(); }

// Something may just have put handlers of signals in the place of ours.
void PutSignalsBack(const Napi::CallbackInfo&) { KeepSignals(); }

// Once per process.
void InstallLayers() {
  static std::once_flag once;
  std::call_once(once, [] {
    TakeOverRegistry();
    GuardDataLayers();
    GuardEmptyBottoms();
    GuardGivenParams();
    GuardPooling();
    GuardSizesOfSetUp();
    InstallOneDnn();
  });
}

Napi::Object Load(Napi::Env env, Napi::Object exports) {
  MarkOwnThread();
  MeetAddons();
  InstallLog();
  InstallCheckFailure();
  InstallSignals();
  InstallTerminateFailure();
  InstallLayers();
  ChooseBlasThreads();
  KeepFreedMemory();
  CountHdf5Failures();
  auto environment = std::make_shared<Environment>(env);
  env.SetInstanceData(new std::shared_ptr<Environment>(environment));

  exports["packageVersion"] = Napi::String::New(env, TSCAFFE_VERSION);
  exports["stamps"] = environment->stamps.Array(env);
  exports["Blob"] = Blob::Define(env);
  auto net = Net::Define(env);
  environment->net_class = Napi::Persistent(net);
  exports["Net"] = net;
  auto solver = Solver::Define(env);
  environment->solver_class = Napi::Persistent(solver);
  exports["Solver"] = solver;
  exports["CaffeLayer"] = CaffeLayer::Define(env);
  exports["Database"] = Database::Define(env);
  exports["Timer"] = Timer::Define(env);
  exports["math"] = HostMathExports(env);
  exports["image"] = ImageExports(env);
  exports["mpi"] = MpiExports(env);
  if (kHasGpu) exports["cuda"] = CudaExports(env);
  exports["buildNet"] = Napi::Function::New<BuildNet>(env, "buildNet");
  exports["buildSolver"] = Napi::Function::New<BuildSolver>(env, "buildSolver");
  exports["initialize"] = Napi::Function::New<Initialize>(env, "initialize");
  exports["registerLayerType"] = Napi::Function::New<RegisterLayerType>(env, "registerLayerType");
  exports["fillBlob"] = Napi::Function::New<FillBlob>(env, "fillBlob");
  exports["stockLayerTypes"] = Napi::Function::New<StockLayerTypes>(env, "stockLayerTypes");
  exports["setLogSeverity"] = Napi::Function::New<SetLogSeverity>(env, "setLogSeverity");
  exports["parseText"] = Napi::Function::New<ParseText>(env, "parseText");
  exports["printText"] = Napi::Function::New<PrintText>(env, "printText");
  exports["readWeights"] = Napi::Function::New<ReadWeights>(env, "readWeights");
  exports["writeWeights"] = Napi::Function::New<WriteWeights>(env, "writeWeights");
  exports["readImageToDatum"] = Napi::Function::New<ReadImageToDatum>(env, "readImageToDatum");
  exports["decodeDatum"] = Napi::Function::New<DecodeDatum>(env, "decodeDatum");
  exports["readHdf5"] = Napi::Function::New<ReadHdf5File>(env, "readHdf5");
  exports["writeHdf5"] = Napi::Function::New<WriteHdf5File>(env, "writeHdf5");
  exports["nameAside"] = Napi::Function::New<NameAside>(env, "nameAside");
  exports["isStream"] = Napi::Function::New<IsStream>(env, "isStream");
  exports["writeStream"] = Napi::Function::New<WriteIntoStream>(env, "writeStream");
  exports["specialAt"] = Napi::Function::New<NameSpecial>(env, "specialAt");
  exports["putSignalsBack"] = Napi::Function::New<PutSignalsBack>(env, "putSignalsBack");
  exports["putInPlace"] = Napi::Function::New<PutInPlace>(env, "putInPlace");
  exports["upgrade"] = Napi::Function::New<Upgrade>(env, "upgrade");
  exports["noteExit"] = Napi::Function::New<NoteExit>(env, "noteExit");
  ExportCaffeState(env, exports);
  ExportBlasThreads(env, exports);
  ExportOneDnn(env, exports);
  return exports;
}

}  // namespace

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return Load(env, exports); }

NODE_API_MODULE(tscaffe, Init)

}  // namespace tscaffe
