#include "blob/view.h"

namespace tscaffe {

namespace {

using Memory = boost::shared_ptr<caffe::SyncedMemory>;

Napi::Float32Array MakeArray(Napi::Env env, const Memory& memory, size_t count) {
  auto* owner = new Memory(memory);
  auto buffer = Napi::ArrayBuffer::New(
      env, const_cast<void*>(memory->cpu_data()), count * sizeof(float),
      [](Napi::BasicEnv, void*, Memory* held) { delete held; }, owner);
  return Napi::Float32Array::New(env, count, buffer, 0);
}

}  // namespace

Napi::Value View::Array(Napi::Env env, const Memory& memory, size_t count) {
  if (memory_ == memory.get() && data_ == memory->cpu_data() && count_ == count) {
    Napi::Value known = array_.Value();
    // A user may have detached the buffer (structuredClone with transfer, postMessage): then a new one is due.
    if (!known.IsEmpty() && known.As<Napi::Float32Array>().ElementLength() == count) return known;
  } else {
    Detach();
  }
  auto array = MakeArray(env, memory, count);
  array_ = Napi::Weak(array.As<Napi::Float32Array>());
  memory_ = memory.get();
  data_ = memory->cpu_data();
  count_ = count;
  return array;
}

void View::Detach() {
  memory_ = nullptr;
  if (array_.IsEmpty()) return;
  Napi::HandleScope scope(array_.Env());
  Napi::Float32Array array = array_.Value();
  if (!array.IsEmpty() && !array.ArrayBuffer().IsDetached()) array.ArrayBuffer().Detach();
}

}  // namespace tscaffe
