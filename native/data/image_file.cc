// Caffe's own ReadImageToCVMat opens whatever an ImageData layer's list names. This function takes its place, inside of
// libcaffe too, and opens no FIFO.
#include <dlfcn.h>

#include <string>

#include "caffe/headers.h"
#include "file/special.h"

namespace caffe {

// A cv::Mat. Of an object that is returned in memory of the caller nothing but the place is known here, nor needed:
// this package is built without OpenCV's headers.
class Image {
 public:
  Image(const Image&);
  ~Image() {}  // NOLINT(modernize-use-equals-default): a trivial one would be returned in a register
};

// As libcaffe knows it; without OpenCV it knows none, and never asks.
__attribute__((visibility("default"))) Image ReadImageToCVMat(const std::string& filename, int height, int width,
                                                              bool is_color);

Image ReadImageToCVMat(const std::string& filename, int height, int width, bool is_color) {
  using Function = Image (*)(const std::string&, int, int, bool);
  static constexpr char kSymbol[] =
      "_ZN5caffe16ReadImageToCVMatERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEiib";
  static const auto original = reinterpret_cast<Function>(dlsym(RTLD_NEXT, kSymbol));
  {
    const std::string why = tscaffe::WhyNotReadable(filename);
    if (!why.empty()) LOG(FATAL) << why;
  }
  return original(filename, height, width, is_color);
}

}  // namespace caffe
