// Caffe's own ReadProtoFromBinaryFile reads through a CodedInputStream. In a message that says it is longer than its
// file, libprotobuf's parser leaves the stream so that its destructor throws: that ends the process. This function
// takes the place of Caffe's, inside of libcaffe too, and reads without that stream, and no FIFO.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "caffe/headers.h"
#include "file/special.h"

// Before 3.11 there is no such fault, and without that stream no message may be longer than 64 MB.
#if GOOGLE_PROTOBUF_VERSION >= 3011000

namespace caffe {

__attribute__((visibility("default"))) bool ReadProtoFromBinaryFile(const char* filename,
                                                                    google::protobuf::Message* proto) {
  const std::string why = tscaffe::WhyNotReadable(filename);
  if (!why.empty()) LOG(FATAL) << why;
  const int fd = open(filename, O_RDONLY | O_CLOEXEC);
  CHECK_NE(fd, -1) << "File not found: " << filename;
  const bool success = proto->ParseFromFileDescriptor(fd);
  close(fd);
  return success;
}

}  // namespace caffe

#endif
