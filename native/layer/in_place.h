// Which of Caffe's layers may have a top that is its bottom.
#pragma once

#include <string>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

// False for a type of Caffe's own that reads its bottom after it has begun to write its top, or gives the top another
// size: it would write behind its memory, or compute something else. True for all other types, TypeScript's and a
// fork's own among them.
bool MayBeInPlace(const std::string& type);

// Throws ERR_CAFFE_LAYER for a layer that would be in place and may not. Caffe takes a top for its bottom where both
// have the same name at the same position.
void RequireTopsOfItsOwn(const caffe::LayerParameter& parameter);

// The same of a layer outside of nets, which is given its blobs.
void RequireTopsOfItsOwn(const caffe::Layer<float>& layer, const std::vector<caffe::Blob<float>*>& bottom,
                         const std::vector<caffe::Blob<float>*>& top);

}  // namespace tscaffe
