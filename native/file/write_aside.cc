#include "file/write_aside.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "guard/failure.h"

namespace tscaffe {

namespace {

[[noreturn]] void Fail(const std::string& what, const std::string& path) {
  throw CodedError("ERR_CAFFE_FILE", path + ": " + what + ": " + std::strerror(errno));
}

// `place` is what errors name.
void SyncOne(const std::string& path, const std::string& place) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) Fail("cannot be opened", place);
  const bool synced = fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!synced) Fail("cannot be brought to the disk", place);
}

// A file, or a folder and the files in it.
void SyncAll(const std::string& path, const std::string& place) {
  std::error_code error;
  for (std::filesystem::directory_iterator file(path, error), end; !error && file != end; file.increment(error)) {
    SyncOne(file->path().string(), place);
  }
  SyncOne(path, place);
}

void Rename(const std::string& aside, const std::string& place) {
  if (std::rename(aside.c_str(), place.c_str()) != 0) Fail("cannot be put in its place", place);
}

}  // namespace

Aside::Aside(std::string path, std::string place) : path_(std::move(path)), place_(std::move(place)) {
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) Fail("cannot be written", place_);
  close(file);
}

// After the move there is nothing to remove.
Aside::~Aside() { std::remove(path_.c_str()); }

void Aside::Sync() const { SyncOne(path_, place_); }

void Aside::MoveIntoPlace() const {
  Rename(path_, place_);
  SyncFolderOf(place_);
}

void MoveIntoPlace(const std::string& aside, const std::string& place) {
  SyncAll(aside, place);
  Rename(aside, place);
  SyncFolderOf(place);
}

void SyncFolderOf(const std::string& place) {
  const auto slash = place.rfind('/');
  SyncOne(slash == std::string::npos ? "." : place.substr(0, slash + 1), place);
}

}  // namespace tscaffe
