// What holds for a thread or for the whole process, as JavaScript sets it.
#pragma once

#include <napi.h>

namespace tscaffe {

// What Caffe keeps for each thread: mode, device, random numbers, the place among solvers.
void ExportCaffeState(Napi::Env env, Napi::Object exports);

// How many threads the BLAS behind Caffe computes with: OpenBLAS has its own, for the whole process.
// Once per process: one thread, unless the environment says how many. OpenBLAS would take one for each core, and its
// threads cost Caffe's nets more in waiting for each other than they save (docs/benchmarks.md).
void ChooseBlasThreads();

void ExportBlasThreads(Napi::Env env, Napi::Object exports);

}  // namespace tscaffe
