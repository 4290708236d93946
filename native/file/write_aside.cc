#include "file/write_aside.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "guard/failure.h"

namespace tscaffe {

namespace {

[[noreturn]] void Fail(const std::string& what, const std::string& path) {
  throw CodedError("ERR_CAFFE_FILE", path + ": " + what + ": " + std::strerror(errno));
}

void Sync(const std::string& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) Fail("cannot be opened", path);
  const bool synced = fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!synced) Fail("cannot be brought to the disk", path);
}

}  // namespace

void BeginAside(const std::string& aside, const std::string& place) {
  const int file = open(aside.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) Fail("cannot be written", place);
  close(file);
}

void MoveIntoPlace(const std::string& aside, const std::string& place) {
  Sync(aside, O_RDONLY);
  if (std::rename(aside.c_str(), place.c_str()) != 0) Fail("cannot be renamed from " + aside, place);
  const auto slash = place.rfind('/');
  Sync(slash == std::string::npos ? "." : place.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
}

}  // namespace tscaffe
