// The message of a failing CHECK while it is being written.
//
// glog writes the text of every fatal message after the process's first into one buffer, without a lock and without
// ever rewinding it: two threads that failed at once mixed their texts, and after 30 kB messages arrived empty (seen
// after 75 unknown layer types). It also prints a line to stderr for each, whatever its flags say. So the constructors
// of google::LogMessageFatal are defined here: the addon stands before libglog where libcaffe's symbols are looked up.
// They begin an ordinary message of severity ERROR, which has a buffer for each thread.
#pragma once

namespace tscaffe {

// Whether a message that this copy's constructors began is being written on this thread.
bool IsWritingFatalMessage();

// Frees it: the frame that holds it will never be returned to. Nothing if there is none.
void EndFatalMessage();

}  // namespace tscaffe
