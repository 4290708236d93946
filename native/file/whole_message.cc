#include "file/whole_message.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "guard/failure.h"

namespace tscaffe {

namespace {

using google::protobuf::internal::WireFormatLite;

struct Mapped {
  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      size = status.st_size;
      bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) close(file);
  }
  ~Mapped() {
    if (bytes != MAP_FAILED) munmap(bytes, size);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  void* bytes = MAP_FAILED;
  size_t size = 0;
};

bool IsWhole(const std::string& path, int number, int count) {
  const Mapped file(path);
  if (file.bytes == MAP_FAILED || file.size > INT_MAX) return false;
  google::protobuf::io::ArrayInputStream stream(file.bytes, static_cast<int>(file.size));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(INT_MAX);
  while (const uint32_t tag = coded.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == number) --count;
    if (!WireFormatLite::SkipField(&coded, tag)) return false;
  }
  return coded.ConsumedEntireMessage() && count == 0;
}

}  // namespace

void RequireWholeMessage(const std::string& path, const std::string& place, int number, int count) {
  if (IsWhole(path, number, count)) return;
  throw CodedError("ERR_CAFFE_FILE", place + ": could not be written whole: is the disk full?");
}

}  // namespace tscaffe
