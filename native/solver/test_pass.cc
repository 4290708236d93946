#include "solver/test_pass.h"

#include <string>
#include <utility>

#include "guard/failure.h"

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

void OutputMeans::Add(const caffe::Net<float>& net) {
  auto& outputs = net.output_blobs();
  sums_.resize(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    sums_[i].resize(outputs[i]->count());
    const float* values = outputs[i]->cpu_data();
    for (size_t j = 0; j < sums_[i].size(); ++j) sums_[i][j] += values[j];
  }
  ++batches_;
}

Means OutputMeans::Take() {
  auto means = std::exchange(sums_, {});
  for (auto& of_blob : means) {
    for (double& value : of_blob) value /= batches_;
  }
  batches_ = 0;
  return means;
}

Means RunTestPass(caffe::Solver<float>& solver, int index, const std::function<bool()>& go_on) {
  auto& test_nets = solver.test_nets();
  if (index < 0 || index >= static_cast<int>(test_nets.size())) {
    throw CodedError("ERR_CAFFE_SOLVER", "test: there is no test net " + std::to_string(index) + ", the solver has " +
                                             std::to_string(test_nets.size()));
  }
  auto& net = *test_nets[index];
  net.ShareTrainedLayersWith(solver.net().get());
  OutputMeans means;
  while (means.Batches() < solver.param().test_iter(index) && go_on()) {
    net.Forward();
    means.Add(net);
  }
  return means.Take();
}

void ShareWithTestNets(caffe::Solver<float>& solver) {
  for (auto& net : solver.test_nets()) net->ShareTrainedLayersWith(solver.net().get());
}

}  // namespace tscaffe
