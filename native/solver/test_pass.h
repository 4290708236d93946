// A test net over its whole test set.
#pragma once

#include <vector>

#include "caffe_headers.h"

namespace tscaffe {

// Runs test net `index` for its test_iter batches on the weights of the train net. Returns the mean of every output
// value over the batches, for each output blob.
std::vector<std::vector<double>> RunTestPass(caffe::Solver<float>& solver, int index);

// Lets the test nets use the train net's weights from now on. Caffe does so only when a test begins, and until then
// they show what they had before.
void ShareWithTestNets(caffe::Solver<float>& solver);

}  // namespace tscaffe
