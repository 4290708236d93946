// Layers that cannot take a bottom without values, or one that leaves no place for their kernel, and do not say so.
#pragma once

namespace tscaffe {

// Makes the layers of those types of Caffe's own. Once per process.
void GuardEmptyBottoms();

}  // namespace tscaffe
