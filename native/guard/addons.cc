#include "guard/addons.h"

#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <vector>

#include "caffe/headers.h"
#include "guard/guard.h"
#include "guard/prefetch.h"
#include "guard/signals.h"

namespace tscaffe {

namespace {

// What one addon shows to the others. Those of other versions read it: a change needs another name of the symbol below.
struct Addon {
  const void* (*innermost_guard)();  // of this thread, by its address; null if there is none
  bool (*is_writing_fatal_message)();
  void (*end_fatal_message)();
  void (*enter_failing_function)(void (*function)());
  void (*handle_failure)(int failing, const char* file, int line, const char* text);  // does not return
  bool (*report_background_failure)(const char* file, int line, const char* text);
  bool (*has_registered)(const char* type);
  std::shared_mutex* registry_mutex;  // all use that of the addon that was loaded first
  std::recursive_mutex* hdf5_mutex;   // likewise
  void (*keep_signals)();             // likewise
  bool (*is_code_of_caffe)(const void* address);
  void (*meet)(const Addon* other);
};

constexpr char kSymbol[] = "tscaffe_copy_3";

// Few, never removed (the addon is never unloaded), and read where no lock may be taken.
constexpr size_t kMostAddons = 16;
std::atomic<const Addon*> others[kMostAddons];

template <class Body>
void ForOthers(Body&& body) {
  for (auto& slot : others) {
    const Addon* other = slot.load(std::memory_order_acquire);
    if (other == nullptr) return;
    body(*other);
  }
}

// Two addons that are loaded at the same time meet twice.
void Meet(const Addon* other) {
  for (auto& slot : others) {
    const Addon* known = nullptr;
    if (slot.compare_exchange_strong(known, other, std::memory_order_acq_rel) || known == other) return;
  }
}

// The layer types that this addon has registered; with the registry's lock.
std::set<std::string>& RegisteredTypes() {
  static std::set<std::string> types;
  return types;
}

bool HasRegistered(const char* type) { return RegisteredTypes().count(type) > 0; }
bool ReportFailureOf(const char* file, int line, const char* text) {
  return ReportPrefetchFailure({google::GLOG_FATAL, file, line, text});
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
void (*keep_signals)() = &KeepOwnSignals;

constexpr Addon self = {&InnermostGuard,  &IsWritingFatalMessage, &EndFatalMessage, &EnterFailingFunction,
                        &HandleFailureOf, &ReportFailureOf,       &HasRegistered,   &own_registry_mutex,
                        &own_hdf5_mutex,  &KeepOwnSignals,        &IsCodeOfCaffe,   &Meet};

// The stack grows downward: of two guards the one with the lower address is the inner one.
const Addon* InnermostAddon() {
  const Addon* innermost = nullptr;
  auto lowest = UINTPTR_MAX;
  auto consider = [&](const Addon& addon) {
    const auto guard = reinterpret_cast<uintptr_t>(addon.innermost_guard());
    if (guard == 0 || guard >= lowest) return;
    lowest = guard;
    innermost = &addon;
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

const Addon* AddonIn(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  auto show = reinterpret_cast<const void* (*)()>(dlsym(handle, kSymbol));
  dlclose(handle);
  return show == nullptr ? nullptr : static_cast<const Addon*>(show());
}

}  // namespace

}  // namespace tscaffe

extern "C" __attribute__((visibility("default"))) const void* tscaffe_copy_3() { return &tscaffe::self; }

namespace tscaffe {

void MeetAddons() {
  static std::once_flag once;
  std::call_once(once, [] {
    const Addon* first = nullptr;
    for (auto& path : AddonPaths()) {
      const Addon* addon = AddonIn(path);
      if (addon == nullptr) continue;
      if (first == nullptr) first = addon;
      if (addon == &self) continue;
      Meet(addon);
      addon->meet(&self);
    }
    if (first == nullptr) return;
    registry_mutex = first->registry_mutex;
    hdf5_mutex = first->hdf5_mutex;
    keep_signals = first->keep_signals;
  });
}

bool IsInnermostAddon() { return InnermostAddon() == &self; }

bool IsGuardedByAnyAddon() { return InnermostAddon() != nullptr; }

bool IsWritingFatalMessageInAnyAddon() {
  bool found = IsWritingFatalMessage();
  ForOthers([&](const Addon& other) { found = found || other.is_writing_fatal_message(); });
  return found;
}

void EndFatalMessageInAnyAddon() {
  EndFatalMessage();
  ForOthers([](const Addon& other) { other.end_fatal_message(); });
}

void EnterFailingFunctionOfAnyAddon(void (*function)()) {
  EnterFailingFunction(function);
  ForOthers([&](const Addon& other) { other.enter_failing_function(function); });
}

void PassFailureOn(Failing failing) {
  const Addon* addon = InnermostAddon();
  if (addon == nullptr || addon == &self) return;
  // Not an automatic variable: this frame is never returned to.
  static thread_local LogLine fatal;
  fatal = TakeFatalLine();
  addon->handle_failure(static_cast<int>(failing), fatal.file.c_str(), fatal.line, fatal.text.c_str());
}

bool ReportPrefetchFailureToAllAddons(const LogLine& fatal) {
  bool is_caffes = ReportPrefetchFailure(fatal);
  ForOthers([&](const Addon& other) {
    is_caffes = other.report_background_failure(fatal.file.c_str(), fatal.line, fatal.text.c_str()) && is_caffes;
  });
  return is_caffes;
}

void ShowRegisteredType(const std::string& type) { RegisteredTypes().insert(type); }

bool IsTypeOfAnotherAddon(const std::string& type) {
  bool found = false;
  ForOthers([&](const Addon& other) { found = found || other.has_registered(type.c_str()); });
  return found;
}

std::shared_mutex& RegistryMutex() { return *registry_mutex; }

std::recursive_mutex& Hdf5Mutex() { return *hdf5_mutex; }

void KeepSignals() { keep_signals(); }

bool IsCodeOfAnyAddon(const void* address) {
  bool found = IsCodeOfCaffe(address);
  ForOthers([&](const Addon& other) { found = found || other.is_code_of_caffe(address); });
  return found;
}

}  // namespace tscaffe
