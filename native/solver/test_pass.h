// A test net over its whole test set.
#pragma once

#include <napi.h>

#include <functional>
#include <vector>

#include "caffe/headers.h"
#include "mpi/communicator.h"

namespace tscaffe {

// For each output blob of a net the means of its values.
using Means = std::vector<std::vector<double>>;
Napi::Value MeansTo(Napi::Env env, const Means& means);

// Over all samples: where the batches are of different sizes, a short one at the end of an epoch, each counts by the
// samples that it has. The mean of the batches' means took one of 2 samples for as much as one of 8.
class OutputMeans {
 public:
  // The outputs of one more batch, which the net has just computed.
  void Add(const caffe::Net<float>& net);
  // The same, but another rank has computed them: of this net only the layers that read have run.
  void AddOfOther(const caffe::Net<float>& net);
  // Of all ranks, from now on.
  void Join(const caffe::Net<float>& net, Communicator& ranks);
  int Batches() const { return batches_; }
  // The means; begins anew.
  Means Take();

 private:
  // Where each batch counts by one number.
  struct Sums {
    Means of_outputs;
    double weights = 0;

    void Add(const caffe::Net<float>& net, double weight);
    void Join(const caffe::Net<float>& net, Communicator& ranks);
    Means Take();
  };
  // By the size of a top, the first of a layer without bottoms: of a layer that reads the batches.
  struct BySize {
    size_t layer;
    int first_size;
    bool varies = false;
    Sums sums;
  };

  void SeeBatch(const caffe::Net<float>& net);

  Sums plain_;
  std::vector<BySize> by_size_;
  int batches_ = 0;
};

// Runs test net `index` for its test_iter batches on the weights of the train net. `go_on` is asked before each batch;
// where it says no the means are of those so far. Several ranks compute some of the batches each, and each gets the
// means of all: for none of them may `go_on` say no.
Means RunTestPass(caffe::Solver<float>& solver, int index, const std::function<bool()>& go_on,
                  Communicator* ranks = nullptr);

// In the log, as Caffe writes them.
void LogMeans(const caffe::Net<float>& net, const Means& means);

// Lets the test nets use the train net's weights from now on. Caffe does so only when a test begins, and until then
// they show what they had before.
void ShareWithTestNets(caffe::Solver<float>& solver);
// The same after weights of the train net have got other memory; those that have another size now are left out.
void FollowTrainNet(caffe::Solver<float>& solver);

}  // namespace tscaffe
