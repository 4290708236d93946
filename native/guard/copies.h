// Other copies of this addon in the same process (a package installed twice). glog's failure function and Caffe's layer
// registry are there once for all of them, so each copy must leave the others what is theirs.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <string>

#include "guard/caller.h"
#include "guard/log.h"

namespace tscaffe {

// Makes this copy known to the others. Once per process and copy, before anything of Caffe is called.
void MeetCopies();

// Whether the innermost guard of this thread is this copy's: a layer of one may call another.
bool IsInnermostCopy();

// Whether any copy has a guard on this thread.
bool IsGuardedByAnyCopy();

// Whether the message of a failing CHECK is being written on this thread. libcaffe's CHECKs begin it in the copy that
// was loaded first, those of Caffe's headers in the copy that they are compiled into.
bool IsWritingFatalMessageInAnyCopy();
void EndFatalMessageInAnyCopy();

// Lets the copy whose guard is the innermost handle a failure on this thread. Returns if that is this one, or if there
// is none.
void PassFailureOn(Failing failing);

// A failure on a thread without guards: the copy whose net it reads for is not known. False if it is not one of Caffe's
// threads.
bool ReportBackgroundFailureToAllCopies(const LogLine& fatal);

// Whether another copy has registered this layer type.
bool IsTypeOfAnotherCopy(const std::string& type);

// Who reads or writes the layer registry holds this: it is one for all copies.
std::shared_mutex& RegistryMutex();

// Who uses HDF5 holds this, likewise.
std::recursive_mutex& Hdf5Mutex();

}  // namespace tscaffe
