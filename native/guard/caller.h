// The one clever file: how a function that cannot be returned from is left all the same (see caller.cc).
#pragma once

namespace tscaffe {

// How the failing function is found among the frames of this thread.
enum class Failing {
  CHECK,        // it called glog, whose failure function we are in
  EXCEPTION,    // it threw what nobody catches, and we are in the terminate handler
  INSTRUCTION,  // a signal interrupted it, whose handler we are in
};

// Leaves the failing function: goes on as if something that it called, or where that cannot be, its caller, had called
// ArriveInCaller() instead, which throws.
[[noreturn]] void ContinueInCaller(Failing failing);

[[noreturn]] void ArriveInCaller();

// Called by the constructor of a fatal message, with its own return address: notes the function that is about to fail.
void NoteFailingFunction(const void* return_address);

// Goes on in the function that this addon has noted last on this thread, as if the constructor that it called had
// called `function`. Returns if there is none.
void EnterFailingFunction(void (*function)());

// Where the failing function is a destructor, goes on as if it had returned: an exception would end the process, since
// nothing may be thrown there, and what it holds is lost either way. Returns where it is none.
void ReturnFromDestructor(Failing failing);

}  // namespace tscaffe
