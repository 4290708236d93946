// The learning rate by lr_policy.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// Of the next update. Asking changes nothing; Caffe's own function takes a step of lr_policy multistep when it is due.
float NextRate(caffe::SGDSolver<float>& solver);

// Caffe counts the steps of lr_policy multistep while it trains, and keeps the count in the solverstate. This takes it
// from the parameter and the iteration: what the prototxt says now is what counts after a restore.
void CountSteps(caffe::SGDSolver<float>& solver);

}  // namespace tscaffe
