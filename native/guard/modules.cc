#include "guard/modules.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "caffe/headers.h"

namespace tscaffe {

namespace {

struct Span {
  uintptr_t begin = UINTPTR_MAX, end = 0;
  bool Holds(const void* address) const {
    const auto place = reinterpret_cast<uintptr_t>(address);
    return begin <= place && place < end;
  }
};

constexpr size_t kModules = static_cast<size_t>(Module::LIBSTDCXX) + 1;
std::array<Span, kModules> modules;
Span abort_function;

Span SpanOf(const dl_phdr_info& info) {
  Span span;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& part = info.dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    const uintptr_t begin = info.dlpi_addr + part.p_vaddr;
    span.begin = std::min(span.begin, begin);
    span.end = std::max(span.end, begin + part.p_memsz);
  }
  return span;
}

Module ModuleAt(const Span& span, const char* path) {
  if (span.Holds(reinterpret_cast<const void*>(&NoteModules))) return Module::ADDON;
  if (span.Holds(reinterpret_cast<const void*>(&caffe::Caffe::Get))) return Module::CAFFE;
  if (std::strstr(path, "liblmdb") != nullptr) return Module::LMDB;
  if (std::strstr(path, "/libc.so") != nullptr) return Module::LIBC;
  if (std::strstr(path, "libstdc++") != nullptr) return Module::LIBSTDCXX;
  return Module::OTHER;
}

int NoteModule(dl_phdr_info* info, size_t, void*) {
  const Span span = SpanOf(*info);
  modules.at(static_cast<size_t>(ModuleAt(span, info->dlpi_name))) = span;
  return 0;
}

}  // namespace

void NoteModules() {
  dl_iterate_phdr(&NoteModule, nullptr);
  Dl_info info{};
  void* found = nullptr;
  auto* address = reinterpret_cast<void*>(&std::abort);
  if (dladdr1(address, &info, &found, RTLD_DL_SYMENT) == 0 || found == nullptr) return;
  const auto* symbol = static_cast<const ElfW(Sym)*>(found);
  abort_function.begin = reinterpret_cast<uintptr_t>(info.dli_saddr);
  abort_function.end = abort_function.begin + symbol->st_size;
}

Module ModuleOf(const void* address) {
  for (size_t i = 1; i < kModules; ++i) {
    if (modules.at(i).Holds(address)) return static_cast<Module>(i);
  }
  return Module::OTHER;
}

bool IsInAbort(const void* address) { return abort_function.Holds(address); }

}  // namespace tscaffe
