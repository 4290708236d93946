// process.exit() while Caffe's thread is at work.
#pragma once

namespace tscaffe {

class CaffeThread;

// From now on, if the process exits while this thread is at work, it ends without running static destructors: they
// would take Caffe's and BLAS's state away under the thread.
void EndProcessQuietly(CaffeThread* thread);
void ForgetProcessExit(CaffeThread* thread);

}  // namespace tscaffe
