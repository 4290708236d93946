#pragma once

namespace tscaffe {

// Keeps glog from writing "*** Check failure stack trace: ***" to stderr for failures that become errors. Once per
// process.
void QuietGlog();

}  // namespace tscaffe
