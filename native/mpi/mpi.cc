#include "mpi/mpi.h"

#include <string>
#include <vector>

#include "environment/gate.h"
#include "mpi/communicator.h"

namespace tscaffe {

namespace {

Environment& Of(const Napi::CallbackInfo& info) { return *Environment::Of(info.Env()); }

// (path of tscaffe-mpi.so, name of this host) -> { rank, size, localRank }; the first call alone begins MPI
Napi::Value Init(const Napi::CallbackInfo& info) {
  return Guarded(Of(info), [&] {
    const auto& world = Communicator::Join(info[0].As<Napi::String>(), info[1].As<Napi::String>()).World();
    auto result = Napi::Object::New(info.Env());
    result["rank"] = Napi::Number::New(info.Env(), world.rank);
    result["size"] = Napi::Number::New(info.Env(), world.size);
    result["localRank"] = Napi::Number::New(info.Env(), world.local_rank);
    return result;
  });
}

// (floats): they become their sums over all ranks
void Sum(const Napi::CallbackInfo& info) {
  Guarded(Of(info), [&] {
    auto values = info[0].As<Napi::Float32Array>();
    auto& ranks = *Communicator::Current();
    ranks.Agree("allreduce", static_cast<int64_t>(values.ElementLength()));
    ranks.Sum(values.Data(), values.ElementLength());
  });
}

// (floats, rank): they become those of that rank
void Broadcast(const Napi::CallbackInfo& info) {
  Guarded(Of(info), [&] {
    auto values = info[0].As<Napi::Float32Array>();
    const int root = info[1].As<Napi::Number>();
    auto& ranks = *Communicator::Current();
    ranks.Agree("bcast", static_cast<int64_t>(values.ElementLength()), root);
    ranks.Broadcast(values.Data(), values.ByteLength(), root);
  });
}

// (text, rank) -> the text of that rank
Napi::Value BroadcastText(const Napi::CallbackInfo& info) {
  return Guarded(Of(info), [&] {
    return Napi::String::New(info.Env(), Communicator::Current()->Broadcast(info[0].As<Napi::String>().Utf8Value(),
                                                                            info[1].As<Napi::Number>()));
  });
}

void Barrier(const Napi::CallbackInfo& info) {
  Guarded(Of(info), [&] { Communicator::Current()->Agree("barrier"); });
}

// (exit code, what has ended this process) -> why not all ranks have ended well, if not; at the end of the process
Napi::Value Leave(const Napi::CallbackInfo& info) {
  return Guarded(Of(info), [&]() -> Napi::Value {
    const auto why = Communicator::Current()->Leave(info[0].As<Napi::Number>(), info[1].As<Napi::String>());
    if (why.empty()) return info.Env().Undefined();
    return Napi::String::New(info.Env(), why);
  });
}

}  // namespace

Napi::Object MpiExports(Napi::Env env) {
  auto exports = Napi::Object::New(env);
  exports["init"] = Napi::Function::New<Init>(env, "init");
  exports["sum"] = Napi::Function::New<Sum>(env, "sum");
  exports["broadcast"] = Napi::Function::New<Broadcast>(env, "broadcast");
  exports["broadcastText"] = Napi::Function::New<BroadcastText>(env, "broadcastText");
  exports["barrier"] = Napi::Function::New<Barrier>(env, "barrier");
  exports["leave"] = Napi::Function::New<Leave>(env, "leave");
  return exports;
}

}  // namespace tscaffe
