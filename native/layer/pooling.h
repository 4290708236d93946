// MAX pooling, and SPP's, with windows that have no maximum.
#pragma once

namespace tscaffe {

// Makes the layers of Caffe's own types Pooling and SPP. Once per process.
void GuardPooling();

}  // namespace tscaffe
