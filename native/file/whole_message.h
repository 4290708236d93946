#pragma once

#include <string>

namespace tscaffe {

// Throws ERR_CAFFE_FILE, with the name of `place`, unless the serialized message in the file `path` is whole: it must
// end with its field `number`, which stands `count` times in it. Caffe does not look whether the last bytes of a file
// could be written, and on a full disk they are not. Reads the heads of the outermost fields alone.
void RequireWholeMessage(const std::string& path, const std::string& place, int number, int count);

}  // namespace tscaffe
