#include "solver/test_pass.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "guard/failure.h"
#include "net/trained_layers.h"

namespace tscaffe {

Napi::Value MeansTo(Napi::Env env, const Means& means) {
  auto result = Napi::Array::New(env);
  for (auto& of_blob : means) {
    auto values = Napi::Array::New(env);
    for (double mean : of_blob) values[values.Length()] = Napi::Number::New(env, mean);
    result[result.Length()] = values;
  }
  return result;
}

void OutputMeans::Sums::Add(const caffe::Net<float>& net, double weight) {
  auto& outputs = net.output_blobs();
  of_outputs.resize(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto& sums = of_outputs[i];
    const auto count = static_cast<size_t>(outputs[i]->count());
    sums.resize(std::max(sums.size(), count));
    const float* values = outputs[i]->cpu_data();
    for (size_t j = 0; j < count; ++j) sums[j] += weight * values[j];
  }
  weights += weight;
}

Means OutputMeans::Sums::Take() {
  auto means = std::exchange(of_outputs, {});
  for (auto& of_blob : means) {
    for (double& value : of_blob) value /= weights;
  }
  weights = 0;
  return means;
}

namespace {

// The size of the batch that a layer has read; 0 of one that reads none.
int BatchSize(const caffe::Net<float>& net, size_t layer) {
  const auto& tops = net.top_vecs()[layer];
  if (!net.bottom_vecs()[layer].empty() || tops.empty() || tops[0]->num_axes() == 0) return 0;
  return tops[0]->shape(0);
}

}  // namespace

void OutputMeans::SeeBatch(const caffe::Net<float>& net) {
  if (batches_ == 0) {
    by_size_.clear();
    for (size_t layer = 0; layer < net.layers().size(); ++layer) {
      if (const int size = BatchSize(net, layer)) by_size_.push_back({layer, size, false, {}});
    }
  }
  for (auto& by : by_size_) {
    const int size = BatchSize(net, by.layer);
    by.varies = by.varies || size != by.first_size;
  }
  ++batches_;
}

void OutputMeans::Add(const caffe::Net<float>& net) {
  SeeBatch(net);
  for (auto& by : by_size_) by.sums.Add(net, BatchSize(net, by.layer));
  plain_.Add(net, 1);
}

void OutputMeans::AddOfOther(const caffe::Net<float>& net) { SeeBatch(net); }

void OutputMeans::Join(const caffe::Net<float>& net, Communicator& ranks) {
  plain_.Join(net, ranks);
  for (auto& by : by_size_) by.sums.Join(net, ranks);
}

// In the order of ranks, so that all get the same bits.
void OutputMeans::Sums::Join(const caffe::Net<float>& net, Communicator& ranks) {
  of_outputs.resize(net.output_blobs().size());
  for (auto& of_blob : of_outputs) {
    const auto sizes = ranks.Gather(of_blob.size());
    of_blob.resize(*std::max_element(sizes.begin(), sizes.end()));
  }
  std::vector<double> own{weights};
  for (auto& of_blob : of_outputs) own.insert(own.end(), of_blob.begin(), of_blob.end());
  std::vector<double> all(own.size() * ranks.Size());
  ranks.GatherBytes(own.data(), all.data(), own.size() * sizeof(double));
  size_t at = 0;
  const auto next = [&] {
    double total = 0;
    for (int rank = 0; rank < ranks.Size(); ++rank) total += all[rank * own.size() + at];
    ++at;
    return total;
  };
  weights = next();
  for (auto& of_blob : of_outputs) {
    for (double& value : of_blob) value = next();
  }
}

Means OutputMeans::Take() {
  batches_ = 0;
  Means means = plain_.Take();
  for (auto& by : by_size_) {
    if (by.varies) {
      means = by.sums.Take();
      break;
    }
  }
  by_size_.clear();
  return means;
}

namespace {

// A batch goes by: only the layers that read run.
void ReadBatch(caffe::Net<float>& net) {
  for (size_t i = 0; i < net.layers().size(); ++i) {
    if (net.bottom_vecs()[i].empty()) net.ForwardFromTo(static_cast<int>(i), static_cast<int>(i));
  }
}

}  // namespace

Means RunTestPass(caffe::Solver<float>& solver, int index, const std::function<bool()>& go_on, Communicator* ranks) {
  auto& test_nets = solver.test_nets();
  if (index < 0 || index >= static_cast<int>(test_nets.size())) {
    throw CodedError("ERR_CAFFE_SOLVER", "test: there is no test net " + std::to_string(index) + ", the solver has " +
                                             std::to_string(test_nets.size()));
  }
  auto& net = *test_nets[index];
  ShareTrainedLayers(net, *solver.net());
  OutputMeans means;
  while (means.Batches() < solver.param().test_iter(index) && go_on()) {
    if (ranks == nullptr || means.Batches() % ranks->Size() == ranks->Rank()) {
      net.Forward();
      means.Add(net);
    } else {
      ReadBatch(net);
      means.AddOfOther(net);
    }
  }
  if (ranks != nullptr) means.Join(net, *ranks);
  return means.Take();
}

void LogMeans(const caffe::Net<float>& net, const Means& means) {
  int number = 0;
  for (size_t i = 0; i < means.size(); ++i) {
    const int blob = net.output_blob_indices()[i];
    const float weight = net.blob_loss_weights()[blob];
    for (const double mean : means[i]) {
      std::ostringstream loss;
      if (weight != 0) loss << " (* " << weight << " = " << weight * mean << " loss)";
      LOG(INFO) << "    Test net output #" << number++ << ": " << net.blob_names()[blob] << " = " << mean << loss.str();
    }
  }
}

void ShareWithTestNets(caffe::Solver<float>& solver) {
  for (auto& net : solver.test_nets()) ShareTrainedLayers(*net, *solver.net());
}

void FollowTrainNet(caffe::Solver<float>& solver) {
  for (auto& net : solver.test_nets()) FollowTrainedLayers(*net, *solver.net());
}

}  // namespace tscaffe
