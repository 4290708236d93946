#include "blob/view.h"

#include "environment/environment.h"
#include "layout/moved_values.h"

namespace tscaffe {

namespace {

using Memory = boost::shared_ptr<caffe::SyncedMemory>;

Napi::Float32Array MakeArray(Napi::Env env, const Memory& memory, size_t count) {
  auto* owner = new Memory(memory);
  Watch(*memory);
  auto buffer = Napi::ArrayBuffer::New(
      env, const_cast<void*>(memory->cpu_data()), count * sizeof(float),
      [](Napi::BasicEnv, void*, Memory* held) {
        Unwatch(**held);
        delete held;
      },
      owner);
  return Environment::Of(env)->MakeFloats(buffer, count);
}

}  // namespace

Napi::Value View::Array(Napi::Env env, const Memory& memory, size_t count) {
  if (memory_ == memory.get() && count_ == count) {
    // Plain Node-API: node-addon-api asks for the array's type and length each time, three times the cost of all else.
    napi_value known = nullptr;
    napi_value buffer = nullptr;
    bool detached = false;
    napi_get_reference_value(env, array_, &known);
    napi_get_reference_value(env, buffer_, &buffer);
    // A user may have detached the buffer (by its transfer()): then a new one is due.
    if (buffer != nullptr) napi_is_detached_arraybuffer(env, buffer, &detached);
    if (known != nullptr && buffer != nullptr && !detached) return {env, known};
  } else {
    Detach();
  }
  auto array = MakeArray(env, memory, count);
  array_ = Napi::Weak(array);
  buffer_ = Napi::Weak(array.ArrayBuffer());
  memory_ = memory.get();
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
