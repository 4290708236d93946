// What the C library does with memory that is freed.
#pragma once

namespace tscaffe {

// glibc gives a block of 128 kB and more back to the system when it is freed, and the next one is new pages: a result
// of net.forwardAll or Transformer.preprocess took twice as long to be touched for the first time as to be computed. It
// stops doing so for sizes that it has seen a program free, up to 32 MB: so it is shown the largest, once per process.
// From then on up to 64 MB stay with the process.
void KeepFreedMemory();

}  // namespace tscaffe
