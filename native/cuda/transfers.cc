#include "cuda/transfers.h"

#include <algorithm>
#include <utility>

#include "caffe/next_symbol.h"
#include "guard/place.h"
#include "run/activity.h"
#include "run/transfer_scope.h"

namespace tscaffe {

namespace {

// A data layer's batches, copied by the thread that reads them; it may begin before its net is whole.
struct Pushes {
  uint64_t bytes = 0, copies = 0;
};

// Statics of functions: the prefetch threads of a net that is never disposed run until the process ends.
std::mutex& PushMutex() {
  static auto& mutex = *new std::mutex;
  return mutex;
}
std::map<pthread_t, Pushes>& PushesOfThreads() {
  static auto& pushes = *new std::map<pthread_t, Pushes>;
  return pushes;
}

// The nets that there are, by the list of layer names that tells which one is running (guard/place.h).
std::mutex& NetMutex() {
  static auto& mutex = *new std::mutex;
  return mutex;
}
std::map<const std::vector<std::string>*, Transfers*>& Nets() {
  static auto& nets = *new std::map<const std::vector<std::string>*, Transfers*>;
  return nets;
}

// Whether `address` is where `memory` has its newest values. Asked of that side only, so that nothing is copied.
bool Holds(caffe::SyncedMemory& memory, const void* address, bool to_host) {
  const auto newest = to_host ? caffe::SyncedMemory::HEAD_AT_GPU : caffe::SyncedMemory::HEAD_AT_CPU;
  return memory.head() == newest && (to_host ? memory.gpu_data() : memory.cpu_data()) == address;
}

bool Holds(const caffe::Blob<float>& blob, const void* address, bool to_host, std::string* values) {
  if (blob.count() == 0) return false;
  if (Holds(*blob.data(), address, to_host)) return *values = "data", true;
  if (Holds(*blob.diff(), address, to_host)) return *values = "diff", true;
  return false;
}

// Of three kinds only; between two places on the device there is nothing to tell.
bool IsOnDevice(const void* address) {
  cudaPointerAttributes attributes{};
  if (cudaPointerGetAttributes(&attributes, address) != cudaSuccess) {
    cudaGetLastError();  // memory that CUDA does not know, before CUDA 11
    return false;
  }
  return attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
}

}  // namespace

Transfers::Transfers(caffe::Net<float>& net, Activity& activity, std::vector<PrefetchThread> threads)
    : net_(net), activity_(activity), threads_(std::move(threads)) {
  const std::lock_guard<std::mutex> lock(NetMutex());
  Nets()[&net_.layer_names()] = this;
}

void Transfers::Forget() {
  const std::lock_guard<std::mutex> lock(NetMutex());
  Nets().erase(&net_.layer_names());
}

Transfers::~Transfers() {
  const std::lock_guard<std::mutex> lock(PushMutex());
  for (const auto& thread : threads_) PushesOfThreads().erase(thread.thread);
}

bool Transfers::FindInLayer(int layer, const void* address, bool to_host, Values* found) const {
  for (const auto* ids : {&net_.bottom_ids(layer), &net_.top_ids(layer)}) {
    for (const int id : *ids) {
      found->blob = net_.blob_names()[id];
      if (Holds(*net_.blobs()[id], address, to_host, &found->values)) return true;
    }
  }
  const auto& params = net_.layers()[layer]->blobs();
  for (size_t i = 0; i < params.size(); ++i) {
    found->blob = "params[" + std::to_string(i) + "]";
    if (Holds(*params[i], address, to_host, &found->values)) return true;
  }
  return false;
}

bool Transfers::FindAnywhere(const void* address, bool to_host, Values* found) const {
  for (size_t id = 0; id < net_.blobs().size(); ++id) {
    found->blob = net_.blob_names()[id];
    if (Holds(*net_.blobs()[id], address, to_host, &found->values)) return true;
  }
  for (size_t layer = 0; layer < net_.layers().size(); ++layer) {
    const auto& params = net_.layers()[layer]->blobs();
    for (size_t i = 0; i < params.size(); ++i) {
      found->blob = net_.layer_names()[layer] + ".params[" + std::to_string(i) + "]";
      if (Holds(*params[i], address, to_host, &found->values)) return true;
    }
  }
  return false;
}

void Transfers::Note(int layer, const char* during, const void* host, const void* device, bool to_host, size_t bytes) {
  const void* address = to_host ? device : host;
  Values found;
  const bool known = layer >= 0 ? FindInLayer(layer, address, to_host, &found) : FindAnywhere(address, to_host, &found);
  if (!known) found = {};  // a buffer of the layer's own
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& sum = sums_[{layer, during, found.blob, found.values, to_host ? "toHost" : "toDevice"}];
  sum.bytes += bytes;
  sum.copies += 1;
}

// Called for every copy of Caffe, on the thread that makes it. A net other than the one at work on this thread is not
// looked into: another thread may be changing it.
void NoteTransfer(const void* from, const void* to, size_t bytes) {
  const bool to_host = IsOnDevice(from);
  if (to_host == IsOnDevice(to)) return;
  const void* host = to_host ? to : from;
  const void* device = to_host ? from : to;
  const auto place = RunningLayer();
  const std::lock_guard<std::mutex> lock(NetMutex());
  if (place.names != nullptr) {
    const auto net = Nets().find(place.names);
    if (net != Nets().end()) net->second->Note(place.index, place.doing, host, device, to_host, bytes);
    return;
  }
  const Activity* activity = TransferScope::Current();
  Transfers* first = nullptr;
  for (auto& [names, net] : Nets()) {
    if (activity == nullptr || &net->activity_ != activity) continue;
    Transfers::Values ignored;
    if (net->FindAnywhere(to_host ? device : host, to_host, &ignored)) {
      net->Note(-1, "", host, device, to_host, bytes);
      return;
    }
    if (first == nullptr) first = net;
  }
  if (first != nullptr) first->Note(-1, "", host, device, to_host, bytes);
}

static Napi::Object Count(Napi::Env env, int layer, const std::string& during, const std::string& blob,
                          const std::string& values, const std::string& direction, uint64_t bytes, uint64_t copies) {
  auto count = Napi::Object::New(env);
  count["layer"] = Napi::Number::New(env, layer);
  count["during"] = Napi::String::New(env, during);
  count["blob"] = Napi::String::New(env, blob);
  count["values"] = Napi::String::New(env, values);
  count["direction"] = Napi::String::New(env, direction);
  count["bytes"] = Napi::Number::New(env, static_cast<double>(bytes));
  count["copies"] = Napi::Number::New(env, static_cast<double>(copies));
  return count;
}

Napi::Value Transfers::Counts(Napi::Env env) const {
  auto counts = Napi::Array::New(env);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [cause, sum] : sums_) {
      const auto& [layer, during, blob, values, direction] = cause;
      counts[counts.Length()] = Count(env, layer, during, blob, values, direction, sum.bytes, sum.copies);
    }
  }
  const std::lock_guard<std::mutex> lock(PushMutex());
  for (const auto& thread : threads_) {
    const auto pushes = PushesOfThreads().find(thread.thread);
    if (pushes == PushesOfThreads().end() || pushes->second.copies == 0) continue;
    const auto& [bytes, copies] = pushes->second;
    counts[counts.Length()] = Count(env, thread.reader.index, "prefetch", "", "", "toDevice", bytes, copies);
  }
  return counts;
}

void Transfers::Clear() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    sums_.clear();
  }
  const std::lock_guard<std::mutex> lock(PushMutex());
  for (const auto& thread : threads_) PushesOfThreads()[thread.thread] = {};
}

namespace {
void NotePush(size_t bytes) {
  const std::lock_guard<std::mutex> lock(PushMutex());
  auto& pushes = PushesOfThreads()[pthread_self()];
  pushes.bytes += bytes;
  pushes.copies += 1;
}
}  // namespace

}  // namespace tscaffe

// libcaffe makes each of its copies by one of these two; see caffe/next_symbol.h. Each notes the copy and calls
// libcaffe's own.
namespace caffe {

void caffe_gpu_memcpy(const size_t size, const void* from, void* to) {
  static const auto own = tscaffe::Next<void (*)(size_t, const void*, void*)>("_ZN5caffe16caffe_gpu_memcpyEmPKvPv");
  if (from != to) tscaffe::NoteTransfer(from, to, size);
  own(size, from, to);
}

void SyncedMemory::async_gpu_push(const cudaStream_t& stream) {
  static const auto own = tscaffe::Next<void (*)(SyncedMemory*, const cudaStream_t&)>(
      "_ZN5caffe12SyncedMemory14async_gpu_pushERKP11CUstream_st");
  own(this, stream);
  tscaffe::NotePush(size());
}

}  // namespace caffe
