// Layers that take the sizes of their bottoms in their set-up alone, and then compute with bottoms of any other.
#pragma once

namespace tscaffe {

// Makes the layers of those types of Caffe's own. Once per process.
void GuardSizesOfSetUp();

}  // namespace tscaffe
