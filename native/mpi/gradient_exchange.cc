#include "mpi/gradient_exchange.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "guard/failure.h"
#include "net/net_access.h"

namespace tscaffe {

namespace {

int attachments = 0;  // so far; of the main thread

using Milliseconds = std::chrono::duration<double, std::milli>;

// Its mean and variance follow its batches, of which each rank has its own.
bool LearnsInForward(const caffe::Layer<float>& layer) {
  return std::strcmp(layer.type(), "BatchNorm") == 0 && !layer.layer_param().batch_norm_param().use_global_stats();
}

}  // namespace

GradientExchange::GradientExchange(Communicator& communicator, caffe::Net<float>& net, const Options& options)
    : communicator_(communicator),
      number_(++attachments),
      overlap_(options.overlap),
      reports_(std::make_shared<GatherOperation>(communicator.World(), sizeof(Report))) {
  FindParts(net);
  MakeBuckets(options.bucket_bytes);
}

// A blob that layers share is one, and whole after the lowest of them. Of a blob whose gradient nobody computes,
// because its lr_mult is 0 or no gradient reaches its layer, there is nothing to send.
void GradientExchange::FindParts(caffe::Net<float>& net) {
  auto& learnable = net.learnable_params();
  const int never = static_cast<int>(net.layers().size());
  std::vector<int> gradients(learnable.size(), never);
  std::vector<bool> data(learnable.size());
  auto& places = NetAccess::ParamPlaces(net);
  for (size_t i = 0; i < places.size(); ++i) {
    const auto [layer, index] = places[i];
    const int id = NetAccess::LearnableIds(net)[i];
    auto& at = *net.layers()[layer];
    if (LearnsInForward(at)) {
      data[id] = true;
    } else if (net.layer_need_backward()[layer] && at.param_propagate_down(index)) {
      gradients[id] = std::min(gradients[id], layer);
    }
  }
  for (size_t id = 0; id < learnable.size(); ++id) {
    const auto count = static_cast<size_t>(learnable[id]->count());
    if (gradients[id] != never) parts_.push_back({learnable[id], false, gradients[id], count});
    if (data[id]) parts_.push_back({learnable[id], true, -1, count});
  }
  std::stable_sort(parts_.begin(), parts_.end(), [](auto& a, auto& b) { return a.layer > b.layer; });
  offsets_.push_back(0);
  for (auto& part : parts_) offsets_.push_back(offsets_.back() + part.count);
}

// One that has a quarter of what it may have ends with its layer: what follows has to wait for another one.
void GradientExchange::MakeBuckets(size_t bytes) {
  const size_t most = std::max<size_t>(1, bytes / sizeof(float));
  size_t begin = 0;
  const auto cut = [&](size_t end) {
    for (; begin < end; begin = buckets_.back().end) {
      const size_t count = std::min(most, end - begin);
      buckets_.push_back({begin, begin + count, std::make_shared<SumOperation>(communicator_.World(), count)});
    }
  };
  for (size_t i = 0; i < parts_.size(); ++i) {
    const size_t end = offsets_[i + 1];
    const bool ends_layer = i + 1 == parts_.size() || parts_[i + 1].layer != parts_[i].layer;
    if (ends_layer && (end - begin >= most / 4 || i + 1 == parts_.size())) cut(end);
  }
}

void GradientExchange::Fail(const std::string& text) {
  is_inside_ = is_on_ = false;
  communicator_.Fail(text);
}

void GradientExchange::BeginIteration(int passes) {
  is_on_ = true;
  passes_left_ = passes;
  packed_ = started_ = 0;
  packing_ = Clock::duration(0);
}

void GradientExchange::AfterBackward(int layer) {
  if (!is_on_) return;  // backward of somebody's own
  if (passes_left_ == 1 && overlap_) {
    const auto begin = Clock::now();
    while (packed_ < parts_.size() && parts_[packed_].layer >= layer) Pack(parts_[packed_++]);
    StartWhole(false);
    packing_ += Clock::now() - begin;
  }
  if (layer == 0) --passes_left_;
}

// Calls body(bucket, place in the bucket, place in the part, count) where the part and the buckets meet.
template <class Buckets, class Body>
static void Overlay(Buckets& buckets, size_t begin, size_t end, Body&& body) {
  for (auto& bucket : buckets) {
    const size_t from = std::max(begin, bucket.begin), to = std::min(end, bucket.end);
    if (from < to) body(bucket, from - bucket.begin, from - begin, to - from);
  }
}

void GradientExchange::Pack(const Part& part) {
  if (static_cast<size_t>(part.blob->count()) != part.count) {
    throw CodedError("ERR_CAFFE_MPI", "a learnable blob of " + std::to_string(part.count) + " values has " +
                                          std::to_string(part.blob->count()) + " now; attach the solver again");
  }
  const float* values = part.is_data ? part.blob->cpu_data() : part.blob->cpu_diff();
  const size_t begin = offsets_[&part - parts_.data()];
  Overlay(buckets_, begin, begin + part.count, [&](Bucket& bucket, size_t there, size_t here, size_t count) {
    std::copy_n(values + here, count, bucket.sum->Values() + there);
  });
}

// Not the last bucket, which goes with the reports.
void GradientExchange::StartWhole(bool all) {
  while (started_ < buckets_.size() && buckets_[started_].end <= offsets_[packed_] &&
         (all || started_ + 1 < buckets_.size())) {
    communicator_.Start(buckets_[started_++].sum);
  }
}

std::vector<GradientExchange::Report> GradientExchange::Finish(Report own) {
  const auto begin = Clock::now();
  own.attachment = number_;
  std::memcpy(reports_->mine.data(), &own, sizeof own);
  communicator_.Start(reports_);
  while (packed_ < parts_.size()) Pack(parts_[packed_++]);
  StartWhole(true);
  communicator_.Wait(*reports_);
  std::vector<Report> reports(communicator_.Size());
  std::memcpy(reports.data(), reports_->all.data(), reports_->all.size());
  RequireSameIteration(reports);
  for (auto& bucket : buckets_) {
    communicator_.Wait(*bucket.sum);
    Unpack(bucket);
  }
  is_on_ = false;
  Count(begin);
  return reports;
}

void GradientExchange::Unpack(const Bucket& bucket) {
  const auto size = static_cast<float>(communicator_.Size());
  const float* sums = bucket.sum->Values();
  const auto found = std::upper_bound(offsets_.begin(), offsets_.end(), bucket.begin) - 1;
  for (size_t i = found - offsets_.begin(); i < parts_.size() && offsets_[i] < bucket.end; ++i) {
    auto& part = parts_[i];
    const size_t from = std::max(offsets_[i], bucket.begin), to = std::min(offsets_[i + 1], bucket.end);
    float* values = part.is_data ? part.blob->mutable_cpu_data() : part.blob->mutable_cpu_diff();
    values += from - offsets_[i];
    const float* sum = sums + (from - bucket.begin);
    for (size_t j = 0; j < to - from; ++j) values[j] = sum[j] / size;
  }
}

void GradientExchange::RequireSameIteration(const std::vector<Report>& reports) const {
  const auto require = [&](const char* what, int32_t Report::*number, const char* advice) {
    for (size_t rank = 1; rank < reports.size(); ++rank) {
      if (reports[rank].*number == reports[0].*number) continue;
      throw CodedError("ERR_CAFFE_MPI", "rank " + std::to_string(rank) + " is in " + what + " " +
                                            std::to_string(reports[rank].*number) + ", but rank 0 in " + what + " " +
                                            std::to_string(reports[0].*number) + "; all ranks must " + advice);
    }
  };
  require("a run of attach number", &Report::attachment, "train the same solver at a time");
  require("iteration", &Report::iter, "make the same calls, and restore the same snapshot");
}

void GradientExchange::Count(Clock::time_point backward_ended) {
  const auto now = Clock::now();
  Clock::duration under_way{0}, hidden{0};
  Clock::time_point covered = Clock::time_point::min();
  double bytes = 0;
  for (auto& bucket : buckets_) {  // in the order in which they began
    const auto times = Communicator::TimesOf(*bucket.sum);
    const auto from = std::max(covered, times.began);
    covered = std::max(covered, times.ended);
    if (covered > from) under_way += covered - from;
    if (std::min(covered, backward_ended) > from) hidden += std::min(covered, backward_ended) - from;
    bytes += static_cast<double>(bucket.sum->Bytes());
  }
  iterations_ = iterations_ + 1;
  bytes_ = bytes_ + bytes;
  milliseconds_ = milliseconds_ + Milliseconds(under_way).count();
  hidden_ = hidden_ + Milliseconds(hidden).count();
  visible_ = visible_ + Milliseconds(now - backward_ended + packing_).count();
}

GradientExchange::Figures GradientExchange::Sum() const {
  return {iterations_, bytes_, milliseconds_, hidden_, visible_};
}

}  // namespace tscaffe
