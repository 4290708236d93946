#include "net/nan_guard.h"

#include <algorithm>
#include <cmath>

#include "environment/environment.h"
#include "environment/errors.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

std::optional<ValueError> Look(const caffe::Blob<float>& blob, ValuePlace place) {
  // Caffe's own sum is quick, and computed where the values are, be it on the GPU.
  if (std::isfinite(place.diff ? blob.asum_diff() : blob.asum_data())) return {};
  const float* values = place.diff ? blob.cpu_diff() : blob.cpu_data();
  const float* end = values + blob.count();
  const float* found = std::find_if(values, end, [](float value) { return !std::isfinite(value); });
  if (found == end) return {};  // finite values, whose sum is not
  place.element = static_cast<int>(found - values);
  const std::string what =
      place.param < 0 ? "blob \"" + place.blob + "\"" : "params[" + std::to_string(place.param) + "]";
  return ValueError("ERR_CAFFE_NAN",
                    TextOf(*found) + " in element " + std::to_string(place.element) + " of the " +
                        (place.diff ? "diff" : "data") + " of " + what,
                    CurrentPlace(), place);
}

}  // namespace

NanGuard::NanGuard(Environment& environment, Listeners& listeners, caffe::Net<float>& net)
    : environment_(environment), net_(net), nan_(listeners, "nan") {
  net.add_after_forward(&forward_);
  net.add_after_backward(&backward_);
}

void NanGuard::Pass::run(int layer) {
  if (!guard_.IsOn()) return;
  if (backward_ ? layer >= previous_ : layer <= previous_) told_ = false;
  previous_ = layer;
  if (told_) return;
  const auto error = backward_ ? guard_.InDiffs(layer) : guard_.InData(layer);
  if (!error) return;
  told_ = true;
  guard_.Tell(*error);
}

std::optional<ValueError> NanGuard::InData(int layer) const {
  for (int top : net_.top_ids(layer)) {
    auto error = Look(*net_.blobs()[top], {net_.blob_names()[top]});
    if (!error) continue;
    // Weights that an update has spoilt are looked at where they show: what is computed from them is spoilt too.
    auto& params = net_.layers()[layer]->blobs();
    for (size_t i = 0; i < params.size(); ++i) {
      if (auto cause = Look(*params[i], {"", static_cast<int>(i)})) return cause;
    }
    return error;
  }
  return {};
}

std::optional<ValueError> NanGuard::InDiffs(int layer) const {
  if (!net_.layer_need_backward()[layer]) return {};
  auto& bottoms = net_.bottom_ids(layer);
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (!net_.bottom_need_backward()[layer][i]) continue;
    if (auto error = Look(*net_.blobs()[bottoms[i]], {net_.blob_names()[bottoms[i]], -1, true})) return error;
  }
  auto& params = net_.layers()[layer]->blobs();
  for (size_t i = 0; i < params.size(); ++i) {
    if (!net_.layers()[layer]->param_propagate_down(static_cast<int>(i))) continue;
    if (auto error = Look(*params[i], {"", static_cast<int>(i), true})) return error;
  }
  return {};
}

void NanGuard::Tell(const ValueError& error) {
  nan_.Tell([&](Napi::Env) -> Event::Values { return {MakeError(environment_, error).Value()}; });
}

}  // namespace tscaffe
