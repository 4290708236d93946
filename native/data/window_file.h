// The list of images and windows of a WindowData layer.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Throws for a list after which Caffe would write beyond its memory, or read windows without end. One that is not there
// is left to Caffe.
void RequireWindowFile(const caffe::WindowDataParameter& parameter);

}  // namespace tscaffe
