#include "data/window_file.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

// Whatever the list says, Caffe reads images in colour; but its top has the channels that the list says.
constexpr int kChannels = 3;

bool SkipWindows(std::istream& list, int count) {
  int label;
  float overlap;
  int corners[4];
  for (int i = 0; i < count; ++i) {
    if (!(list >> label >> overlap >> corners[0] >> corners[1] >> corners[2] >> corners[3])) return false;
  }
  return true;
}

}  // namespace

void RequireWindowFile(const caffe::WindowDataParameter& parameter) {
  std::ifstream list(parameter.source());
  std::string hash, path;
  int index, images = 0, largest = 0;
  while (list >> hash >> index) {
    int channels = 0, height = 0, width = 0, windows = 0;
    const bool has_head = !(list >> path >> channels >> height >> width >> windows).fail();
    const std::string image = parameter.source() + ": image " + std::to_string(index) + " (" + path + ")";
    if (!has_head) {
      throw CodedError("ERR_CAFFE_FORMAT",
                       image + ": expected a path, then channels, height, width and a number of windows",
                       CurrentPlace());
    }
    if (channels != kChannels) {
      throw CodedError("ERR_CAFFE_FORMAT",
                       image + ": expected 3 channels, since WindowData reads images in colour, but it says " +
                           std::to_string(channels),
                       CurrentPlace());
    }
    if (!SkipWindows(list, windows)) {
      throw CodedError(
          "ERR_CAFFE_FORMAT",
          image + ": expected " + std::to_string(windows) + " windows, a label, an overlap and x1, y1, x2, y2 each",
          CurrentPlace());
    }
    // A window finds its image by this number.
    if (index < 0) throw CodedError("ERR_CAFFE_FORMAT", image + ": images are numbered from 0 on", CurrentPlace());
    largest = std::max(largest, index);
    ++images;
  }
  if (images > 0 && largest >= images) {
    throw CodedError("ERR_CAFFE_FORMAT",
                     parameter.source() + ": has " + std::to_string(images) +
                         " images, numbered from 0 on, but one says # " + std::to_string(largest),
                     CurrentPlace());
  }
}

}  // namespace tscaffe
