// How a net's methods reach its Caffe net: for the files that hold them.
#pragma once

#include "guard/prefetch.h"
#include "environment/gate.h"
#include "net/net.h"

namespace tscaffe {

// For what looks at the net.
template <class Body>
auto Net::Read(const char* what, Body&& body) {
  return Guarded(*environment_, [&] {
    State().Busy()->RequireReadable(what);
    const TransferScope transfers(State().Busy().get());
    return body(State().Net());
  });
}

// For what runs or changes the net; one at a time.
template <class Body>
auto Net::Change(const char* what, Body&& body) {
  return Running(*environment_, [&] {
    auto state = (State(), state_);  // a callback may let go of this wrapper
    RunScope running(*state->Busy(), what);
    return WatchPrefetch(state->PrefetchThreads(), [&] { return body(state->Net()); });
  });
}

}  // namespace tscaffe
