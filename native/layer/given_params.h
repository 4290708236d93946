// Layers that take the learnable blobs that they find in their set-up, whatever those hold: from the prototxt, or from
// an earlier set-up.
#pragma once

namespace tscaffe {

// Makes the layers of those types of Caffe's own. Once per process.
void GuardGivenParams();

}  // namespace tscaffe
