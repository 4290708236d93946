#include "file/aside.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <utility>

#include "guard/failure.h"

namespace tscaffe {

namespace {

namespace fs = std::filesystem;

constexpr char kMark[] = ".partial-";

// Processes of other machines and containers have the same numbers. The name itself may be 64 bytes long.
std::string Host() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  std::ostringstream text;
  text << std::hex << std::hash<std::string>()(name.data()) % 0x1000000;
  return text.str();
}

// When a process began, in ticks since the machine did; empty if there is none of that number. Numbers come again, and
// in a container it is always the same one.
std::string StartOf(const std::string& process) {
  std::ifstream stat("/proc/" + process + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const auto name_end = text.rfind(')');  // a process may be called anything
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kStartTime = 20;  // field 22 of proc(5), the 20th behind the name
  std::string field;
  for (int i = 0; i < kStartTime; ++i) fields >> field;
  return field;
}

// <mark><host>-<process>-<its start>-
const std::string& OwnOwner() {
  static const std::string owner = [] {
    const std::string process = std::to_string(getpid());
    return Host() + '-' + process + '-' + StartOf(process) + '-';
  }();
  return owner;
}

// `owner` is what stands behind the mark.
bool IsAbandoned(const fs::path& file, const std::string& owner) {
  std::istringstream text(owner);
  std::string host, process, start;
  if (!std::getline(text, host, '-') || !std::getline(text, process, '-') || !std::getline(text, start, '-')) {
    return false;  // not ours
  }
  if (host == Host()) return StartOf(process) != start;
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  return !error && fs::file_time_type::clock::now() - written > std::chrono::hours(24);
}

}  // namespace

std::string AsideName(const std::string& target) {
  static std::atomic<int> count{0};
  return target + kMark + OwnOwner() + std::to_string(count++);
}

void RemoveLeftovers(const std::string& target) {
  const fs::path path(target);
  const std::string begin = path.filename().string() + kMark;
  std::error_code error;
  fs::directory_iterator files(path.has_parent_path() ? path.parent_path() : ".", error);
  // Whatever cannot be looked at or removed is left: what is to be written does not depend on it.
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const std::string name = files->path().filename().string();
    if (name.compare(0, begin.size(), begin) != 0 || !IsAbandoned(files->path(), name.substr(begin.size()))) continue;
    std::error_code ignored;
    fs::remove_all(files->path(), ignored);
  }
}

namespace {

[[noreturn]] void Fail(const std::string& what, const std::string& path) {
  throw CodedError("ERR_CAFFE_FILE", path + ": " + what + ": " + std::strerror(errno));
}

// `target` is what errors name.
void SyncOne(const std::string& path, const std::string& target) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) Fail("cannot be opened", target);
  const bool synced = fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!synced) Fail("cannot be brought to the disk", target);
}

// A file, or a folder and the files in it.
void SyncAll(const std::string& path, const std::string& target) {
  std::error_code error;
  for (std::filesystem::directory_iterator file(path, error), end; !error && file != end; file.increment(error)) {
    SyncOne(file->path().string(), target);
  }
  SyncOne(path, target);
}

void Rename(const std::string& aside, const std::string& target) {
  if (std::rename(aside.c_str(), target.c_str()) != 0) Fail("cannot be put in its place", target);
}

}  // namespace

Aside::Aside(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) Fail("cannot be written", target_);
  close(file);
}

// After the move there is nothing to remove.
Aside::~Aside() { std::remove(path_.c_str()); }

void Aside::Sync() const { SyncOne(path_, target_); }

void Aside::MoveIntoPlace() const {
  Rename(path_, target_);
  SyncFolderOf(target_);
}

void MoveIntoPlace(const std::string& aside, const std::string& target) {
  SyncAll(aside, target);
  Rename(aside, target);
  SyncFolderOf(target);
}

void SyncFolderOf(const std::string& target) {
  const auto slash = target.rfind('/');
  SyncOne(slash == std::string::npos ? "." : target.substr(0, slash + 1), target);
}

}  // namespace tscaffe
