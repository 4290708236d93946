#include "net/fusion.h"

#include <utility>

namespace tscaffe {

namespace {

int LastOf(const caffe::Net<float>& net) { return static_cast<int>(net.layers().size()) - 1; }

}  // namespace

Fusion::Fusion(caffe::Net<float>& net, std::function<bool()> is_watched)
    : net_(net), is_watched_(std::move(is_watched)), last_(LastOf(net)) {
  net.add_before_forward(&before_forward_);
  net.add_after_forward(&after_forward_);
}

Fusion::Range::Range(Fusion& fusion, int last) : fusion_(fusion) {
  fusion.last_ = last;
  fusion.previous_ = -1;
}

Fusion::Range::~Range() { fusion_.last_ = LastOf(fusion_.net_); }

// A forward that failed may have left a tail half-way: what comes next is not the layer behind.
void Fusion::BeforeForward(int layer) {
  if (previous_ < 0 || layer != previous_ + 1) computed_to_ = -1;
  previous_ = layer;
  auto* const made = net_.layers()[layer].get();
  if (auto* tail = dynamic_cast<TailLayer*>(made)) tail->SetComputed(IsComputed(layer));
  if (auto* head = dynamic_cast<HeadLayer*>(made)) head->SetTail(TailBehind(layer));
}

void Fusion::AfterForward(int layer) {
  const auto* head = dynamic_cast<HeadLayer*>(net_.layers()[layer].get());
  if (head != nullptr) computed_to_ = layer + static_cast<int>(head->Computed());
}

std::vector<TailLayer*> Fusion::TailBehind(int head) const {
  std::vector<TailLayer*> tail;
  const auto& top = net_.top_vecs()[head];
  if (top.size() != 1 || is_watched_()) return tail;
  for (int layer = head + 1; layer <= last_; ++layer) {
    auto* next = dynamic_cast<TailLayer*>(net_.layers()[layer].get());
    const bool is_in_place = net_.bottom_vecs()[layer] == top && net_.top_vecs()[layer] == top;
    if (next == nullptr || !is_in_place) break;
    if (net_.layer_need_backward()[layer] && next->NeedsOwnForward()) break;
    tail.push_back(next);
  }
  return tail;
}

}  // namespace tscaffe
