// MPI as JavaScript sees it.
#pragma once

#include <napi.h>

namespace tscaffe {

// -> { init, sum, broadcast, broadcastText, barrier, leave }
Napi::Object MpiExports(Napi::Env env);

}  // namespace tscaffe
