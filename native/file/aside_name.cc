#include "file/aside_name.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

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

std::string AsideName(const std::string& place) {
  static std::atomic<int> count{0};
  return place + kMark + OwnOwner() + std::to_string(count++);
}

void RemoveLeftovers(const std::string& place) {
  const fs::path path(place);
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

}  // namespace tscaffe
