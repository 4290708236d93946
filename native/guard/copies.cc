#include "guard/copies.h"

#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "caffe_headers.h"
#include "guard/background.h"
#include "guard/check_failure.h"
#include "guard/fatal_message.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

// What one copy shows to the others. Copies of other versions read it: a change needs another name of the symbol below.
struct Copy {
  const void* (*innermost_guard)();  // of this thread, by its address; null if there is none
  bool (*is_writing_fatal_message)();
  void (*end_fatal_message)();
  void (*handle_failure)(int failing, const char* file, int line, const char* text);  // does not return
  bool (*report_background_failure)(const char* file, int line, const char* text);
  bool (*has_registered)(const char* type);
  std::shared_mutex* registry_mutex;  // all use that of the copy that was loaded first
  std::recursive_mutex* hdf5_mutex;   // likewise
  void (*meet)(const Copy* other);
};

constexpr char kSymbol[] = "tscaffe_copy_2";

// Few, never removed (the addon is never unloaded), and read where no lock may be taken.
constexpr size_t kMostCopies = 16;
std::atomic<const Copy*> others[kMostCopies];

template <class Body>
void ForOthers(Body&& body) {
  for (auto& slot : others) {
    const Copy* other = slot.load(std::memory_order_acquire);
    if (other == nullptr) return;
    body(*other);
  }
}

// Two copies that are loaded at the same time meet twice.
void Meet(const Copy* other) {
  for (auto& slot : others) {
    const Copy* known = nullptr;
    if (slot.compare_exchange_strong(known, other, std::memory_order_acq_rel) || known == other) return;
  }
}

bool HasRegistered(const char* type) { return IsRegisteredType(type); }
bool ReportFailureOf(const char* file, int line, const char* text) {
  return ReportBackgroundFailure({google::GLOG_FATAL, file, line, text});
}
void HandleFailureOf(int failing, const char* file, int line, const char* text) {
  SetFatalLine({google::GLOG_FATAL, file, line, text});
  HandleFailure(static_cast<Failing>(failing));
}
const void* InnermostGuard() { return GuardFrame::Innermost(); }

std::shared_mutex own_registry_mutex;
std::shared_mutex* registry_mutex = &own_registry_mutex;
std::recursive_mutex own_hdf5_mutex;
std::recursive_mutex* hdf5_mutex = &own_hdf5_mutex;

constexpr Copy self = {&InnermostGuard,     &IsWritingFatalMessage, &EndFatalMessage,
                       &HandleFailureOf,    &ReportFailureOf,       &HasRegistered,
                       &own_registry_mutex, &own_hdf5_mutex,        &Meet};

// The stack grows downward: of two guards the one with the lower address is the inner one.
const Copy* InnermostCopy() {
  const Copy* innermost = nullptr;
  auto lowest = UINTPTR_MAX;
  auto consider = [&](const Copy& copy) {
    const auto guard = reinterpret_cast<uintptr_t>(copy.innermost_guard());
    if (guard == 0 || guard >= lowest) return;
    lowest = guard;
    innermost = &copy;
  };
  consider(self);
  ForOthers(consider);
  return innermost;
}

bool IsAddon(const char* path) {
  static constexpr char kExtension[] = ".node";
  const size_t length = std::strlen(path);
  const size_t extension = sizeof(kExtension) - 1;
  return length > extension && std::strcmp(path + length - extension, kExtension) == 0;
}

// In the order in which they were loaded.
std::vector<std::string> AddonPaths() {
  std::vector<std::string> paths;
  auto collect = [](dl_phdr_info* info, size_t, void* list) {
    if (IsAddon(info->dlpi_name)) static_cast<std::vector<std::string>*>(list)->emplace_back(info->dlpi_name);
    return 0;
  };
  dl_iterate_phdr(collect, &paths);
  return paths;
}

const Copy* CopyIn(const std::string& addon) {
  void* handle = dlopen(addon.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  auto show = reinterpret_cast<const void* (*)()>(dlsym(handle, kSymbol));
  dlclose(handle);
  return show == nullptr ? nullptr : static_cast<const Copy*>(show());
}

}  // namespace

}  // namespace tscaffe

extern "C" __attribute__((visibility("default"))) const void* tscaffe_copy_2() { return &tscaffe::self; }

namespace tscaffe {

void MeetCopies() {
  static std::once_flag once;
  std::call_once(once, [] {
    const Copy* first = nullptr;
    for (auto& path : AddonPaths()) {
      const Copy* copy = CopyIn(path);
      if (copy == nullptr) continue;
      if (first == nullptr) first = copy;
      if (copy == &self) continue;
      Meet(copy);
      copy->meet(&self);
    }
    if (first == nullptr) return;
    registry_mutex = first->registry_mutex;
    hdf5_mutex = first->hdf5_mutex;
  });
}

bool IsInnermostCopy() { return InnermostCopy() == &self; }

bool IsGuardedByAnyCopy() { return InnermostCopy() != nullptr; }

bool IsWritingFatalMessageInAnyCopy() {
  bool found = IsWritingFatalMessage();
  ForOthers([&](const Copy& other) { found = found || other.is_writing_fatal_message(); });
  return found;
}

void EndFatalMessageInAnyCopy() {
  EndFatalMessage();
  ForOthers([](const Copy& other) { other.end_fatal_message(); });
}

void PassFailureOn(Failing failing) {
  const Copy* copy = InnermostCopy();
  if (copy == nullptr || copy == &self) return;
  // Not an automatic variable: this frame is never returned to.
  static thread_local LogLine fatal;
  fatal = TakeFatalLine();
  copy->handle_failure(static_cast<int>(failing), fatal.file.c_str(), fatal.line, fatal.text.c_str());
}

bool ReportBackgroundFailureToAllCopies(const LogLine& fatal) {
  bool is_caffes = ReportBackgroundFailure(fatal);
  ForOthers([&](const Copy& other) {
    is_caffes = other.report_background_failure(fatal.file.c_str(), fatal.line, fatal.text.c_str()) && is_caffes;
  });
  return is_caffes;
}

bool IsTypeOfAnotherCopy(const std::string& type) {
  bool found = false;
  ForOthers([&](const Copy& other) { found = found || other.has_registered(type.c_str()); });
  return found;
}

std::shared_mutex& RegistryMutex() { return *registry_mutex; }

std::recursive_mutex& Hdf5Mutex() { return *hdf5_mutex; }

}  // namespace tscaffe
