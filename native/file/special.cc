#include "file/special.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "guard/failure.h"

namespace tscaffe {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const std::string& path, const std::string& what) {
  throw CodedError("ERR_CAFFE_FILE", path + ": " + what);
}

std::string SpecialOf(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  return "";
}

// The descriptor that a path below /proc/self/fd names; -1 for all other paths. Opened anew it would begin at the start
// of its file, and a socket cannot be opened at all.
int DescriptorOf(const fs::path& path) {
  std::error_code error;
  const std::string own = "/proc/" + std::to_string(getpid());
  const std::string folder = path.parent_path().string();
  const bool is_own =
      folder == own + "/fd" || (folder.rfind(own + "/task/", 0) == 0 && path.parent_path().filename() == "fd");
  const std::string name = path.filename().string();
  if (!is_own || name.empty() || name.size() > 9 || name.find_first_not_of("0123456789") != std::string::npos)
    return -1;
  return std::atoi(name.c_str());  // NOLINT(cert-err34-c): digits
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }  // NOLINT(google-explicit-constructor)

 private:
  const int number_;
};

// Without waiting for a reader of a FIFO.
int OpenToWrite(const Place& place) {
  if (place.descriptor >= 0) return fcntl(place.descriptor, F_DUPFD_CLOEXEC, 0);
  return open(place.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

}  // namespace

Place PlaceOf(const std::string& path) {
  constexpr int kMostLinks = 40;
  Place place;
  place.path = path;
  std::error_code error;
  for (int links = 0;; ++links) {
    const fs::path name(place.path);
    const fs::path folder = fs::canonical(name.has_parent_path() ? name.parent_path() : fs::path("."), error);
    if (error) return place;  // who writes there says what is wrong
    place.descriptor = DescriptorOf(folder / name.filename());
    if (place.descriptor >= 0) return place;
    const fs::path target = fs::read_symlink(name, error);
    if (error) break;
    if (links == kMostLinks) Fail(path, std::strerror(ELOOP));
    place.path = (target.is_absolute() ? target : folder / target).string();
  }
  place.special = SpecialAt(place.path);
  return place;
}

std::string RegularPlaceOf(const std::string& path, const LayerPlace& layer) {
  const Place place = PlaceOf(path);
  if (!place.IsStream()) return place.path;
  const std::string kind = place.special.empty() ? "a descriptor of this process" : place.special;
  throw CodedError("ERR_CAFFE_FILE", path + ": is " + kind + ", where only a regular file can be written", layer);
}

void WriteStream(const std::string& path, const char* bytes, size_t size) {
  constexpr int kPatience = 10'000;  // milliseconds
  constexpr size_t kChunk = 4096;    // a blocking pipe that poll calls writable takes so many bytes at once
  const Place place = PlaceOf(path);
  if (place.special == "a block device" || place.special == "a socket") {
    Fail(path, "is " + place.special + ": nothing is written into it");
  }
  const Descriptor stream(OpenToWrite(place));
  if (stream < 0 && errno == ENXIO) Fail(path, "is a FIFO that nobody reads");
  if (stream < 0) Fail(path, std::string("cannot be written: ") + std::strerror(errno));
  for (size_t written = 0; written < size;) {
    pollfd ready{stream, POLLOUT, 0};
    const int found = poll(&ready, 1, kPatience);
    if (found == 0) Fail(path, "cannot be written: its reader has taken nothing for ten seconds");
    const ssize_t taken = found < 0 ? -1 : write(stream, bytes + written, std::min(kChunk, size - written));
    if (taken > 0) written += taken;
    if (taken < 0 && errno != EINTR && errno != EAGAIN)
      Fail(path, std::string("cannot be written: ") + std::strerror(errno));
  }
}

std::string SpecialAt(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? SpecialOf(status.st_mode) : "";
}

std::string WhyNotReadable(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return "";
  const std::string kind = S_ISDIR(status.st_mode) ? "a folder" : SpecialOf(status.st_mode);
  return kind.empty() ? "" : path + ": is " + kind + ", where only a regular file can be read";
}

void RequireReadable(const std::string& path, const LayerPlace& layer) {
  const std::string why = WhyNotReadable(path);
  if (!why.empty()) throw CodedError("ERR_CAFFE_FILE", why, layer);
}

void RequireReadableFolder(const std::string& path, const LayerPlace& layer) {
  std::error_code error;
  if (!fs::is_directory(path, error)) RequireReadable(path, layer);
  fs::directory_iterator files(path, error);
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    if (!SpecialAt(files->path().string()).empty()) RequireReadable(files->path().string(), layer);
  }
}

}  // namespace tscaffe
