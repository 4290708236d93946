// The values of blobs as oneDNN sees them.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <optional>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;
using Type = dnnl::memory::data_type;

const dnnl::engine& CpuEngine();
// Of this thread.
dnnl::stream& CpuStream();

// The layout that Caffe gives a blob: the last axis moves fastest.
Desc PlainDesc(const Dims& dims, Type type = Type::f32);
// How many channels lie side by side in the layouts that this processor likes, and such a layout.
int ChannelBlock();
Desc BlockedDesc(const Dims& dims);
// Whatever layout oneDNN likes best.
Desc AnyDesc(const Dims& dims, Type type = Type::f32);

// The data or the diff of a blob, and how it lies in the blob's own memory. The dims may group the blob's axes anew.
struct Tensor {
  caffe::SyncedMemory& memory;
  Desc plain;
};
Tensor DataOf(const caffe::Blob<float>& blob);
Tensor DataOf(const caffe::Blob<float>& blob, const Dims& dims);
Tensor DiffOf(const caffe::Blob<float>& blob);
Tensor DiffOf(const caffe::Blob<float>& blob, const Dims& dims);

// How the newest values lie now.
Desc LayoutOf(const Tensor& tensor);

// A number that no other values have had, of this memory or another, in this process: equal numbers, equal values. None
// where they may change unseen, because JavaScript holds an array of them.
std::optional<uint64_t> VersionOf(caffe::SyncedMemory& memory);

// The values in a layout and of its type, copied into it if they do not lie so yet. The copy is kept until they change.
dnnl::memory Read(const Tensor& tensor, const Desc& layout);

// Memory for new values of a tensor, all of which must be written. They are the tensor's when `Finish` is called.
class Output {
 public:
  Output(const Tensor& tensor, const Desc& layout);
  const dnnl::memory& Memory() const { return memory_; }
  void Finish();

 private:
  const Tensor tensor_;
  bool is_kept_ = false;  // where it lies, instead of in the blob's own memory
  dnnl::memory memory_;
};

// From one layout into another.
void Copy(dnnl::memory from, dnnl::memory to);
dnnl::memory CopyOf(const dnnl::memory& values);

// Adds the values to those of a tensor in the blob's own memory, as Caffe does with the gradients of learnable blobs.
void AddTo(const Tensor& tensor, dnnl::memory& values);

// Runs a primitive on this thread.
void Execute(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& arguments);

}  // namespace tscaffe
