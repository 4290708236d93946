// Whose memory a blob's values lie in.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

// False if something else, such as a data layer's batch, owns what `memory` points to, on the CPU or on the GPU.
bool OwnsMemory(const caffe::SyncedMemory& memory);

}  // namespace tscaffe
