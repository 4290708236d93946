// The gradients of a net's learnable blobs become their means over all ranks, in buckets, those of the last layers
// first: while backward is still at work on the layers below.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "caffe/headers.h"
#include "mpi/communicator.h"

namespace tscaffe {

class GradientExchange {
 public:
  struct Options {
    size_t bucket_bytes;
    bool overlap;  // else all begin when backward is over
  };
  GradientExchange(Communicator& communicator, caffe::Net<float>& net, const Options& options);

  Communicator& Ranks() const { return communicator_; }
  // A call with this solver. All ranks attach the same solvers in the same order, so the number says which it is.
  std::string Named(const std::string& call) const { return call + " of attach number " + std::to_string(number_); }

  // An iteration, or a test, begins and ends. What fails in between fails on all ranks: see Fail.
  void Enter() { is_inside_ = true; }
  void Leave() { is_inside_ = false; }
  bool IsInside() const { return is_inside_; }
  // Tells the other ranks that this one has failed inside, and cannot go on.
  void Fail(const std::string& text);

  // `passes`: of forward and backward; the gradients are whole after the last one.
  void BeginIteration(int passes);
  void AfterBackward(int layer);

  // What the ranks tell each other of each iteration.
  struct Report {
    double loss;
    float rate;
    int32_t iter;
    int32_t stops;       // asks to stop after this iteration
    int32_t attachment;  // Finish sets it
  };
  // Begins what has not begun, waits, and gives the diffs their means. Throws ERR_CAFFE_MPI if the ranks are not in the
  // same iteration of the same solver. -> the report of each rank
  std::vector<Report> Finish(Report own);

  // What it has taken so far: iterations, bytes that this rank has sent; milliseconds in which buckets were under way,
  // of these while backward was at work, and milliseconds by which iterations took longer.
  struct Figures {
    double iterations, bytes, milliseconds, hidden, visible;
  };
  Figures Sum() const;

 private:
  using Clock = Operation::Clock;

  // A learnable blob, or more exactly its diff. Of layers that learn in forward (BatchNorm) it is the data.
  struct Part {
    caffe::Blob<float>* blob;
    bool is_data;
    int layer;  // after whose backward it is whole; -1: at the end
    size_t count;
  };
  // A cut through all parts.
  struct Bucket {
    size_t begin, end;
    std::shared_ptr<SumOperation> sum;
  };

  void FindParts(caffe::Net<float>& net);
  void MakeBuckets(size_t bytes);
  void Pack(const Part& part);
  void StartWhole(bool all);
  void Unpack(const Bucket& bucket);
  void RequireSameIteration(const std::vector<Report>& reports) const;
  void Count(Clock::time_point backward_ended);

  Communicator& communicator_;
  const int number_;
  const bool overlap_;
  std::vector<Part> parts_;
  std::vector<size_t> offsets_;  // of the parts, one more than there are
  std::vector<Bucket> buckets_;
  const std::shared_ptr<GatherOperation> reports_;

  bool is_inside_ = false, is_on_ = false;
  int passes_left_ = 0;
  size_t packed_ = 0;   // parts
  size_t started_ = 0;  // buckets
  Clock::duration packing_{0};

  std::atomic<double> iterations_{0}, bytes_{0}, milliseconds_{0}, hidden_{0}, visible_{0};
};

}  // namespace tscaffe
