// The state that Caffe keeps for each thread: mode, device, random numbers.
#pragma once

#include <napi.h>

namespace tscaffe {

void ExportCaffeState(Napi::Env env, Napi::Object exports);

}  // namespace tscaffe
