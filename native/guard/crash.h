// What would end the process beside failed CHECKs becomes the same failure as they are.
#pragma once

namespace tscaffe {

// Turns into the same failure as a CHECK, instead of the process's end:
// - an integer division by zero inside of Caffe: some parameters that it divides by are not checked (group: 0 of a
//   Convolution). Only where the processor raises a signal: on aarch64 the quotient is 0 and nothing is said;
// - an access outside of an LMDB's file, inside of LMDB: it maps the file and believes what is written in it, so one
//   that was cut off or has a flipped bit sends it anywhere.
// Once per process.
void InstallSignalFailures();

// Turns an exception that leaves one of Caffe's prefetch threads into the same failure as a CHECK there, instead of the
// process's end: OpenCV throws for an empty region of an image, and any allocation may fail. Once per process.
void InstallTerminateFailure();

}  // namespace tscaffe
