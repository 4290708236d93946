// Threads that the system does not give: a limit of the user (ulimit -u) or of the container (the pids of its cgroup).
#pragma once

#include <string>

#include "guard/failure.h"

namespace tscaffe {

// Why, and what to do.
extern const char* const kNoThreads;

// ERR_CAFFE_THREADS; `what` could not be done.
CodedError NoThreads(const std::string& what);

// Throws that if the system does not give `count` threads at this time: for a library that ends the process, or stays
// locked, where it gets none.
void RequireThreads(int count, const char* what);

}  // namespace tscaffe
