// print_schema LIBCAFFE OUTPUT: writes the caffe.proto that a libcaffe was built with, as the library's own descriptors
// tell it.
#include <dlfcn.h>
#include <google/protobuf/descriptor.h>

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  GOOGLE_PROTOBUF_VERIFY_VERSION;
  if (argc != 3) {
    std::cerr << "usage: print_schema LIBCAFFE OUTPUT\n";
    return 2;
  }
  // Loading is enough: the generated code registers its descriptors in a static constructor.
  if (dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    std::cerr << "print_schema: libcaffe cannot be loaded: " << dlerror()
              << "\nIf a library is missing, install it or put its folder into LD_LIBRARY_PATH.\n";
    return 1;
  }
  const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName("caffe.proto");
  if (file == nullptr) {
    std::cerr << "print_schema: " << argv[1]
              << " brings no caffe.proto; is it a libcaffe, linked to the same libprotobuf?\n";
    return 1;
  }
  std::ofstream output(argv[2]);
  output << file->DebugString();
  return output.flush() ? 0 : 1;
}
