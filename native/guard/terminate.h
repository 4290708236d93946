// Exceptions that nobody catches.
#pragma once

namespace tscaffe {

// Turns an exception that leaves one of Caffe's prefetch threads into the same failure as a CHECK there, instead of the
// process's end: OpenCV throws for an empty region of an image, and any allocation may fail. Once per process.
void InstallTerminateFailure();

}  // namespace tscaffe
