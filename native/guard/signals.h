// Signals that would end the process, and stand for a failure of Caffe's, become the same failure as a CHECK:
// - an integer division by zero inside of Caffe: some parameters that it divides by are not checked (group: 0 of a
//   Convolution). Only where the processor raises a signal: on aarch64 the quotient is 0 and nothing is said;
// - an access outside of an LMDB's file, inside of LMDB: it maps the file and believes what is written in it, so one
//   that was cut off or has a flipped bit sends it anywhere;
// - a failed assertion of LMDB, which aborts.
// Every other signal goes where it would go without the addon.
#pragma once

namespace tscaffe {

// Once per process and addon, before anything of Caffe is called.
void InstallSignals();

// This addon's handlers, whether it is they that the process uses or another addon's: see KeepSignals in addons.h.
// Where something has put other handlers in their place, such as process.on('SIGFPE'), puts them before those. From any
// thread.
void KeepOwnSignals();

// The same where it has not been done for a millisecond, or where a handler of this addon has stepped aside since: for
// each call, however short. Four questions to the system took longer than the forward of a small net.
void KeepSignalsInTime();

// Whether a signal at this address is one of Caffe's: in libcaffe, or in this addon, where the functions of Caffe's
// headers are compiled in. A signal handler may ask.
bool IsCodeOfCaffe(const void* address);

}  // namespace tscaffe
