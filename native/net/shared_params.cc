#include "net/shared_params.h"

#include <algorithm>
#include <cstddef>

namespace tscaffe {

bool KeepSharing(const caffe::Net<float>& net, const void* blob) {
  auto& params = net.params();
  auto& owners = net.param_owners();
  const auto found = std::find_if(params.begin(), params.end(), [&](auto& param) { return param.get() == blob; });
  if (found == params.end()) return false;
  const auto owner_of = [&](size_t i) { return owners[i] < 0 ? static_cast<int>(i) : owners[i]; };
  const int owner = owner_of(found - params.begin());
  bool moved = false;
  for (size_t i = 0; i < params.size(); ++i) {
    auto& other = *params[i];
    // One of another size cannot follow. Empty ones have no memory.
    const bool follows = owner_of(i) == owner && params[i] != *found && other.count() == (*found)->count();
    if (!follows || other.count() == 0) continue;
    other.ShareData(**found);
    other.ShareDiff(**found);
    moved = true;
  }
  return moved;
}

bool HasParam(const caffe::Net<float>& net, const void* blob) {
  auto& params = net.params();
  return std::any_of(params.begin(), params.end(), [&](auto& param) { return param.get() == blob; });
}

}  // namespace tscaffe
