#include "onednn/tail.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tscaffe {

namespace {

bool AddVersions(const Params& params, std::vector<uint64_t>& versions) {
  for (auto& param : params) {
    const auto version = VersionOf(*param->data());
    if (!version) return false;
    versions.push_back(*version);
  }
  return true;
}

bool IsFinite(const dnnl::memory& values) {
  const auto* value = static_cast<const float*>(values.get_data_handle());
  return std::all_of(value, value + values.get_desc().get_size() / sizeof(float),
                     [](float each) { return std::isfinite(each); });
}

// None where a number is not finite.
void Fold(FoldedParams::Folded& folded, const Tail& tail, const Params& params, const Desc& own, const Desc& layout) {
  const size_t channels = tail.channels;
  ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  if (params.size() > 1) std::copy_n(params[1]->cpu_data(), channels, map.offsets.begin());
  for (auto& each : tail.maps) each(map);
  dnnl::memory weights(own, CpuEngine()), bias(PlainDesc({tail.channels}), CpuEngine());
  const float* from = params[0]->cpu_data();
  auto* to = static_cast<float*>(weights.get_data_handle());
  const size_t of_output = params[0]->count() / channels;
  for (size_t channel = 0; channel < channels; ++channel) {
    const auto factor = static_cast<float>(map.factors[channel]);
    for (size_t i = 0; i < of_output; ++i) *to++ = *from++ * factor;
    static_cast<float*>(bias.get_data_handle())[channel] = static_cast<float>(map.offsets[channel]);
  }
  if (!IsFinite(weights) || !IsFinite(bias)) return;
  folded.weights = dnnl::memory(layout, CpuEngine());
  Copy(weights, folded.weights);
  folded.bias = bias;
}

}  // namespace

bool Tail::Map(const Params& params, std::function<void(ChannelMap&)> map) {
  if (functions.len() > 0 || !AddVersions(params, versions)) return false;
  maps.push_back(std::move(map));
  return true;
}

const FoldedParams::Folded* FoldedParams::For(const Tail& tail, const Params& params, const Desc& own,
                                              const Desc& layout) {
  std::vector<uint64_t> versions = tail.versions;
  if (!AddVersions(params, versions)) return nullptr;
  auto& folded = folded_.For({layout}, [] { return Folded(); });
  if (folded.versions != versions) {
    folded = {};
    Fold(folded, tail, params, own, layout);
    folded.versions = std::move(versions);
  }
  return folded.weights ? &folded : nullptr;
}

}  // namespace tscaffe
