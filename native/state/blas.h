// How many threads the BLAS behind Caffe computes with: OpenBLAS has its own, for the whole process.
#pragma once

#include <napi.h>

namespace tscaffe {

// Once per process: one thread, unless the environment says how many. OpenBLAS would take one for each core, and its
// threads cost Caffe's nets more in waiting for each other than they save (docs/benchmarks.md).
void ChooseBlasThreads();

void ExportBlasThreads(Napi::Env env, Napi::Object exports);

}  // namespace tscaffe
