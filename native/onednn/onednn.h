// The engine onednn: oneDNN computes layers of Caffe's own classes. In a build without it there is none, and these say
// so.
#pragma once

#include <napi.h>

#include "caffe/headers.h"

namespace tscaffe {

// Adds its link to the chain that makes layers. Once per process.
void InstallOneDnn();

// Whether oneDNN computes passes of this layer.
bool IsServedByOneDnn(const caffe::Layer<float>& layer);

void ExportOneDnn(Napi::Env env, Napi::Object exports);

}  // namespace tscaffe
