#include "solver/test_pass.h"

#include "guard/failure.h"

namespace tscaffe {

std::vector<std::vector<double>> RunTestPass(caffe::Solver<float>& solver, int index) {
  auto& test_nets = solver.test_nets();
  if (index < 0 || index >= static_cast<int>(test_nets.size())) {
    throw CodedError("ERR_CAFFE_SOLVER", "test: there is no test net " + std::to_string(index) + ", the solver has " +
                                             std::to_string(test_nets.size()));
  }
  auto& net = *test_nets[index];
  net.ShareTrainedLayersWith(solver.net().get());
  const int batches = solver.param().test_iter(index);
  std::vector<std::vector<double>> means(net.num_outputs());
  for (int batch = 0; batch < batches; ++batch) {
    auto& outputs = net.Forward();
    for (size_t i = 0; i < outputs.size(); ++i) {
      means[i].resize(outputs[i]->count());
      for (size_t j = 0; j < means[i].size(); ++j) means[i][j] += outputs[i]->cpu_data()[j];
    }
  }
  for (auto& of_blob : means) {
    for (double& value : of_blob) value /= batches;
  }
  return means;
}

void ShareWithTestNets(caffe::Solver<float>& solver) {
  for (auto& net : solver.test_nets()) net->ShareTrainedLayersWith(solver.net().get());
}

}  // namespace tscaffe
