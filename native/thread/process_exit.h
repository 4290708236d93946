// The end of the process: by process.exit(), by an uncaught error, or of its own accord.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

class JobRunner;

// When the process exits, the threads of this runner, or the one on which this layer reads ahead, end before anything
// else does. Static destructors would take the state of Caffe, BLAS, OpenCV or LMDB away under them: one exit in three
// with an ImageData layer was a segmentation fault.
void EndBeforeProcess(JobRunner* runner);
void EndBeforeProcess(const boost::shared_ptr<caffe::Layer<float>>& layer);
void ForgetProcessExit(JobRunner* runner);

// While the main thread's JavaScript hears of the exit. No promise settles any more, so its runners begin nothing any
// more; and the other threads must end before anything that was made since the first one began, such as OpenCV's list
// of decoders, is destroyed.
void BeginProcessExit();

}  // namespace tscaffe
