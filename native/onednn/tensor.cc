#include "onednn/tensor.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/engine.h"
#include "guard/threads.h"
#include "layout/moved_values.h"

// Of libgomp, which comes with oneDNN.
extern "C" void omp_set_num_threads(int threads);

namespace tscaffe {

namespace {

using caffe::SyncedMemory;
using dnnl::memory;

// The values of a memory in layouts of oneDNN's. Each copy stays for the next time when it is outdated: most are
// written anew in each iteration.
class Copies : public MovedValues {
  // Weights may be shared by nets that run on several threads. And what puts values back looks at the memory itself.
  using Lock = std::lock_guard<std::recursive_mutex>;

 public:
  bool AreNewer() const override {
    const Lock lock(mutex_);
    return newest_ != nullptr;
  }
  void PutBack(void* own) override {
    const Lock lock(mutex_);
    if (newest_ == nullptr) return;
    Copy(newest_->values, memory(plain_, CpuEngine(), own));
    newest_ = nullptr;
  }
  void Outdate() override {
    const Lock lock(mutex_);
    for (auto& copy : copies_) copy->is_valid = false;
    newest_ = nullptr;
    version_ = NextVersion();
  }

  uint64_t Version() const {
    const Lock lock(mutex_);
    return version_;
  }

  // Those of another shape are put back: a blob that shares this memory has other axes.
  void BeginWith(const Tensor& tensor) {
    const Lock lock(mutex_);
    if (tensor.plain == plain_) return;
    tensor.memory.mutable_cpu_data();
    copies_.clear();
    plain_ = tensor.plain;
  }

  Desc Layout() const {
    const Lock lock(mutex_);
    return newest_ == nullptr ? plain_ : newest_->values.get_desc();
  }

  memory Read(const Tensor& tensor, const Desc& layout) {
    const Lock lock(mutex_);
    auto& copy = CopyIn(layout);
    if (copy.is_valid) return copy.values;
    if (newest_ != nullptr) {
      Copy(newest_->values, copy.values);
    } else {
      Copy(memory(plain_, CpuEngine(), const_cast<void*>(tensor.memory.cpu_data())), copy.values);
    }
    copy.is_valid = true;
    return copy.values;
  }

  memory Write(const Desc& layout) {
    const Lock lock(mutex_);
    return CopyIn(layout).values;
  }
  void Written(const Tensor& tensor, const Desc& layout) {
    const Lock lock(mutex_);
    Outdate();
    newest_ = &CopyIn(layout);
    newest_->is_valid = true;
    NoteMoved(tensor.memory);
  }

 private:
  struct Laid {
    memory values;
    bool is_valid = false;
  };
  static constexpr size_t kMost = 3;

  static uint64_t NextVersion() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  Laid& CopyIn(const Desc& layout) {
    for (auto& copy : copies_) {
      if (copy->values.get_desc() == layout) return *copy;
    }
    if (copies_.size() == kMost) {
      const auto idle = std::find_if(copies_.begin(), copies_.end(), [&](auto& copy) { return copy.get() != newest_; });
      copies_.erase(idle);
    }
    copies_.push_back(std::make_unique<Laid>(Laid{memory(layout, CpuEngine())}));
    return *copies_.back();
  }

  mutable std::recursive_mutex mutex_;
  Desc plain_;
  std::vector<std::unique_ptr<Laid>> copies_;
  Laid* newest_ = nullptr;  // if it is newer than the blob's own memory
  uint64_t version_ = NextVersion();
};

bool AreChangesSeen(const SyncedMemory& memory) { return AreLooksSeen() && !IsWatched(memory); }
bool MayMove(const Tensor& tensor) { return AreChangesSeen(tensor.memory); }

// Null if there are none, or if they are not of this shape.
std::shared_ptr<Copies> FindCopies(const Tensor& tensor) {
  return std::dynamic_pointer_cast<Copies>(FindMovedValues(tensor.memory));
}

std::shared_ptr<Copies> CopiesOf(SyncedMemory& memory) {
  return std::dynamic_pointer_cast<Copies>(MovedValuesOf(memory, [] { return std::make_shared<Copies>(); }));
}

std::shared_ptr<Copies> CopiesOf(const Tensor& tensor) {
  auto copies = CopiesOf(tensor.memory);
  copies->BeginWith(tensor);
  return copies;
}

memory Plain(const Tensor& tensor, const void* values) {
  return memory(tensor.plain, CpuEngine(), const_cast<void*>(values));
}

Dims DimsOf(const caffe::Blob<float>& blob) { return Dims(blob.shape().begin(), blob.shape().end()); }

}  // namespace

// Between equal layouts oneDNN's own copies value by value.
void Copy(memory from, memory to) {
  if (from.get_desc() == to.get_desc()) {
    std::memcpy(to.get_data_handle(), from.get_data_handle(), from.get_desc().get_size());
  } else {
    Execute(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }
}

// As many as BLAS has, for all that this thread does with oneDNN: memory that is made is cleared by several, too.
// libgomp ends the process where the system gives it no thread. It keeps a team for each thread that computes.
static void UseThreads() {
  thread_local int used = 1;
  const int threads = EngineThreads();
  if (threads > used) RequireThreads(threads - 1, "oneDNN");
  used = std::max(used, threads);
  omp_set_num_threads(threads);
}

const dnnl::engine& CpuEngine() {
  UseThreads();
  static const auto& engine = *new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& CpuStream() {
  UseThreads();
  thread_local dnnl::stream stream(CpuEngine());
  return stream;
}

Desc PlainDesc(const Dims& dims, Type type) {
  Dims strides(dims.size(), 1);
  for (size_t axis = dims.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * dims[axis];
  return {dims, type, strides};
}

int ChannelBlock() {
  static const int block = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core ? 16 : 8;
  return block;
}

Desc BlockedDesc(const Dims& dims) {
  using Tag = memory::format_tag;
  static constexpr Tag kTags[2][3] = {{Tag::nCw8c, Tag::nChw8c, Tag::nCdhw8c},
                                      {Tag::nCw16c, Tag::nChw16c, Tag::nCdhw16c}};
  return {dims, Type::f32, kTags[ChannelBlock() == 16 ? 1 : 0][dims.size() - 3]};
}

Desc AnyDesc(const Dims& dims, Type type) { return {dims, type, memory::format_tag::any}; }

memory CopyOf(const memory& values) {
  memory copy(values.get_desc(), CpuEngine());
  Copy(values, copy);
  return copy;
}

Tensor DataOf(const caffe::Blob<float>& blob) { return DataOf(blob, DimsOf(blob)); }
Tensor DataOf(const caffe::Blob<float>& blob, const Dims& dims) { return {*blob.data(), PlainDesc(dims)}; }
Tensor DiffOf(const caffe::Blob<float>& blob) { return DiffOf(blob, DimsOf(blob)); }
Tensor DiffOf(const caffe::Blob<float>& blob, const Dims& dims) { return {*blob.diff(), PlainDesc(dims)}; }

Desc LayoutOf(const Tensor& tensor) {
  const auto copies = FindCopies(tensor);
  if (copies == nullptr) return tensor.plain;
  const Desc layout = copies->Layout();
  return layout.dims() == tensor.plain.dims() ? layout : tensor.plain;
}

std::optional<uint64_t> VersionOf(SyncedMemory& memory) {
  if (!AreChangesSeen(memory)) return std::nullopt;
  return CopiesOf(memory)->Version();
}

memory Read(const Tensor& tensor, const Desc& layout) {
  if (layout == tensor.plain) return Plain(tensor, tensor.memory.cpu_data());
  if (MayMove(tensor)) return CopiesOf(tensor)->Read(tensor, layout);
  memory copy(layout, CpuEngine());
  Copy(Plain(tensor, tensor.memory.cpu_data()), copy);
  return copy;
}

Output::Output(const Tensor& tensor, const Desc& layout) : tensor_(tensor) {
  if (layout == tensor.plain) {
    memory_ = Plain(tensor, tensor.memory.mutable_cpu_data());
  } else if (MayMove(tensor)) {
    is_kept_ = true;
    memory_ = CopiesOf(tensor)->Write(layout);
  } else {
    memory_ = memory(layout, CpuEngine());
  }
}

void Output::Finish() {
  const Desc layout = memory_.get_desc();
  if (layout == tensor_.plain) return;
  if (is_kept_) {
    CopiesOf(tensor_)->Written(tensor_, layout);
  } else {
    Copy(memory_, Plain(tensor_, tensor_.memory.mutable_cpu_data()));
  }
}

void AddTo(const Tensor& tensor, memory& values) {
  auto sum = Plain(tensor, tensor.memory.mutable_cpu_data());
  dnnl::post_ops added;
  added.append_sum();
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(added);
  const dnnl::reorder::primitive_desc description(CpuEngine(), values.get_desc(), CpuEngine(), tensor.plain,
                                                  attributes);
  Execute(dnnl::reorder(description), {{DNNL_ARG_FROM, values}, {DNNL_ARG_TO, sum}});
}

void Execute(const dnnl::primitive& primitive, const std::unordered_map<int, memory>& arguments) {
  primitive.execute(CpuStream(), arguments);
  CpuStream().wait();
}

}  // namespace tscaffe
