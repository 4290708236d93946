// The other addons of this kind in the same process (the package installed twice). glog's failure function and Caffe's
// layer registry are there once for all of them, so each must leave the others what is theirs.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <string>

#include "guard/caller.h"
#include "guard/log.h"

namespace tscaffe {

// Makes this addon known to the others. Once per process and addon, before anything of Caffe is called.
void MeetAddons();

// Whether the innermost guard of this thread is this addon's: a layer of one may call another.
bool IsInnermostAddon();

// Whether any addon has a guard on this thread. A signal handler may ask.
bool IsGuardedByAnyAddon();

// Whether the message of a failing CHECK is being written on this thread. libcaffe's CHECKs begin it in the addon
// that was loaded first, those of Caffe's headers in the one that they are compiled into.
bool IsWritingFatalMessageInAnyAddon();
void EndFatalMessageInAnyAddon();

// Leaves the function that began it: see EnterFailingFunction. Returns if no addon has noted one.
void EnterFailingFunctionOfAnyAddon(void (*function)());

// Lets the addon whose guard is the innermost handle a failure on this thread. Returns if that is this one, or if there
// is none.
void PassFailureOn(Failing failing);

// A failure on a thread without guards: the addon whose net it reads for is not known. False if it is not one of
// Caffe's threads.
bool ReportPrefetchFailureToAllAddons(const LogLine& fatal);

// Shows to the others that this addon has registered a layer type. With the registry's lock.
void ShowRegisteredType(const std::string& type);

// Whether another addon has registered this layer type. With that lock.
bool IsTypeOfAnotherAddon(const std::string& type);

// Who reads or writes the layer registry holds this: it is one for all addons.
std::shared_mutex& RegistryMutex();

// Who uses HDF5 holds this, likewise.
std::recursive_mutex& Hdf5Mutex();

// Handlers of signals are one for all addons, likewise: puts them before others that something has put in their place.
void KeepSignals();

// Whether a signal at this address is one of Caffe's. A signal handler may ask.
bool IsCodeOfAnyAddon(const void* address);

}  // namespace tscaffe
