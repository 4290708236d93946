// Runs what must run on the thread of an environment's JavaScript.
#pragma once

#include "environment.h"

namespace tscaffe {

template <class Body>
void OnJsThread(Environment&, Body&& body) {
  body();
}

}  // namespace tscaffe
