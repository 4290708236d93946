// process.exit() while Caffe's thread is at work.
#pragma once

namespace tscaffe {

class JobRunner;

// From now on, if the process exits while this runner is at work, it ends without running static destructors: they
// would take Caffe's and BLAS's state away under the thread.
void EndProcessQuietly(JobRunner* runner);
void ForgetProcessExit(JobRunner* runner);

}  // namespace tscaffe
