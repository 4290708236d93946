// What Caffe has copied between host and device for a net. Caffe copies when somebody asks for values on the side where
// they are not the newest: without a word, and that may cost more than what is computed with them.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "caffe/headers.h"
#include "guard/cuda_failure.h"
#include "guard/prefetch.h"

namespace tscaffe {

class Activity;

#ifdef CPU_ONLY

class Transfers {
 public:
  Transfers(caffe::Net<float>&, Activity&, const std::vector<PrefetchThread>&) {}
  void Forget() {}
  [[noreturn]] Napi::Value Counts(Napi::Env) const { RequireGpu(); }
  [[noreturn]] void Clear() { RequireGpu(); }
};

#else

class Transfers {
 public:
  // Of a net, for as long as this lives. `activity` is that of the net, or of the solver that it belongs to.
  Transfers(caffe::Net<float>& net, Activity& activity, std::vector<PrefetchThread> threads);
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // Before the net goes. (This stays until its threads have ended: what they copy until then is theirs.)
  void Forget();

  // -> [{ layer: its index or -1, during, blob, values, direction, bytes, copies }]
  Napi::Value Counts(Napi::Env env) const;
  void Clear();

 private:
  friend void NoteTransfer(const void* from, const void* to, size_t bytes);

  // Where and what; ordered as it is told.
  using Cause = std::tuple<int, std::string, std::string, std::string, std::string>;
  struct Sum {
    uint64_t bytes = 0, copies = 0;
  };
  struct Values {
    std::string blob, values;
  };

  void Note(int layer, const char* during, const void* host, const void* device, bool to_host, size_t bytes);
  bool FindInLayer(int layer, const void* address, bool to_host, Values* found) const;
  bool FindAnywhere(const void* address, bool to_host, Values* found) const;

  caffe::Net<float>& net_;
  Activity& activity_;
  const std::vector<PrefetchThread> threads_;
  mutable std::mutex mutex_;  // of what follows
  std::map<Cause, Sum> sums_;
};

#endif

}  // namespace tscaffe
