// Before it calls the failure function, glog writes one line straight to file descriptor 2, whatever its flags say;
// 2000 caught failures would be 2000 such lines in the user's terminal. There is no switch for it, and no hook in
// between. What can be changed is where libglog's own call of write() goes: the slot of its global offset table. Where
// the slot is not found nothing changes but the quiet.
#include "guard/glog_stderr.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <mutex>

#include "caffe_headers.h"

namespace tscaffe {

namespace {

ssize_t WriteUnlessStackTraceTitle(int file, const void* bytes, size_t count) {
  static constexpr char kTitle[] = "*** Check failure stack trace: ***\n";
  const bool title = count == sizeof(kTitle) - 1 && std::memcmp(bytes, kTitle, count) == 0;
  if (file == STDERR_FILENO && title) return static_cast<ssize_t>(count);
  return write(file, bytes, count);
}

struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * relocations[2] = {nullptr, nullptr};  // of the procedure linkage table, and the others
  size_t bytes[2] = {0, 0};
};

Tables TablesOf(const link_map& library) {
  Tables tables;
  for (auto* entry = library.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const auto address = entry->d_un.d_ptr;
    switch (entry->d_tag) {
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address);
        break;
      case DT_STRTAB:
        tables.names = reinterpret_cast<const char*>(address);
        break;
      case DT_JMPREL:
        tables.relocations[0] = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_PLTRELSZ:
        tables.bytes[0] = entry->d_un.d_val;
        break;
      case DT_RELA:
        tables.relocations[1] = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_RELASZ:
        tables.bytes[1] = entry->d_un.d_val;
        break;
      default:
        break;
    }
  }
  return tables;
}

// The slot may lie in a page that the loader has made read-only after relocation.
void Redirect(void** slot) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* start = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) & ~(page - 1));
  if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return;
  *slot = reinterpret_cast<void*>(&WriteUnlessStackTraceTitle);
}

void RedirectWrite() {
  Dl_info info{};
  link_map* library = nullptr;
  auto* symbol = reinterpret_cast<void*>(&google::InstallFailureFunction);
  if (dladdr1(symbol, &info, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0 || library == nullptr) return;
  const Tables tables = TablesOf(*library);
  if (tables.symbols == nullptr || tables.names == nullptr) return;
  for (int table = 0; table < 2; ++table) {
    const size_t count = tables.bytes[table] / sizeof(ElfW(Rela));
    for (size_t i = 0; i < count; ++i) {
      const auto& relocation = tables.relocations[table][i];
      const auto& name = tables.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
      if (std::strcmp(tables.names + name, "write") != 0) continue;
      Redirect(reinterpret_cast<void**>(library->l_addr + relocation.r_offset));
    }
  }
}

}  // namespace

void QuietGlog() {
  static std::once_flag once;
  std::call_once(once, RedirectWrite);
}

}  // namespace tscaffe
