// The one clever file: how a function that cannot be returned from is left all the same (see caller.cc).
#pragma once

namespace tscaffe {

// How the failing function is found among the frames of this thread.
enum class Failing {
  CHECK,        // it called glog, whose failure function we are in
  EXCEPTION,    // it threw what nobody catches, and we are in the terminate handler
  INSTRUCTION,  // a signal interrupted it, whose handler we are in
};

// Goes on in the caller of the failing function, as if that had called ArriveInCaller() instead, which throws.
[[noreturn]] void ContinueInCaller(Failing failing);

[[noreturn]] void ArriveInCaller();

// Where the failing function is a destructor, goes on as if it had returned: an exception would end the process, since
// nothing may be thrown there, and what it holds is lost either way. Returns where it is none.
void ReturnFromDestructor(Failing failing);

}  // namespace tscaffe
