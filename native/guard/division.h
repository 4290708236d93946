#pragma once

namespace tscaffe {

// Turns an integer division by zero inside of Caffe into the same failure as a CHECK: some parameters that Caffe
// divides by are not checked by it (group: 0 of a Convolution), and the signal would end the process. Once per process.
void InstallDivisionFailure();

}  // namespace tscaffe
