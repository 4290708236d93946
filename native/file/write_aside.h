// Files that appear whole or not at all.
#pragma once

#include <string>

namespace tscaffe {

// Brings a file that was written aside to the disk and puts it in its place. Throws ERR_CAFFE_FILE.
void MoveIntoPlace(const std::string& aside, const std::string& place);

}  // namespace tscaffe
