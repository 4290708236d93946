// Files that appear whole or not at all.
#pragma once

#include <string>

namespace tscaffe {

// Makes the empty file `aside`, so that a folder that is not there or may not be written to is told by its name;
// Caffe's own message has none. Throws ERR_CAFFE_FILE.
void BeginAside(const std::string& aside, const std::string& place);

// Brings a file that was written aside to the disk and puts it in its place. Throws ERR_CAFFE_FILE.
void MoveIntoPlace(const std::string& aside, const std::string& place);

}  // namespace tscaffe
