#include "solver/same_on_all.h"

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "guard/failure.h"
#include "net/net_access.h"
#include "solver/solver_access.h"

namespace tscaffe {

namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// One line for the solver's own settings, and some for each layer. Not where files are, and what each rank may have of
// its own.
std::string SettingsOf(const LiveParameter& live) {
  auto parameter = live.Whole();
  parameter.clear_net();
  parameter.clear_net_param();
  parameter.clear_train_net();
  parameter.clear_train_net_param();
  parameter.clear_test_net();
  parameter.clear_test_net_param();
  parameter.clear_weights();
  parameter.clear_snapshot_prefix();
  parameter.clear_random_seed();
  parameter.clear_device_id();
  parameter.clear_solver_mode();
  parameter.clear_debug_info();
  return parameter.ShortDebugString();
}

std::string LayerLine(const caffe::Net<float>& net, size_t i) {
  auto parameter = net.layers()[i]->layer_param();
  parameter.clear_blobs();
  std::string line = "layer " + std::to_string(i) + " " + parameter.name() + " (" + parameter.type() + ")";
  if (net.bottom_vecs()[i].empty()) {  // what it reads from is the rank's own, but not how much at a time
    for (auto* top : net.top_vecs()[i]) line += " " + top->shape_string();
    return line;
  }
  parameter.clear_name();
  parameter.clear_type();
  parameter.clear_phase();
  return line + " " + parameter.ShortDebugString();
}

void DescribeNet(const caffe::Net<float>& net, const std::string& name, std::string* text) {
  for (size_t i = 0; i < net.layers().size(); ++i) {
    *text += name + ": " + LayerLine(net, i) + "\n";
    for (auto& blob : net.layers()[i]->blobs()) {
      *text += name + ": layer " + std::to_string(i) + " " + net.layer_names()[i] + ", learnable blob " +
               blob->shape_string() + "\n";
    }
  }
}

std::string Describe(caffe::Solver<float>& solver, const LiveParameter& parameter) {
  std::string text = "solver: type " + std::string(solver.type()) + " " + SettingsOf(parameter) + "\n";
  DescribeNet(*solver.net(), "train net", &text);
  for (size_t i = 0; i < solver.test_nets().size(); ++i) {
    DescribeNet(*solver.test_nets()[i], "test net " + std::to_string(i), &text);
  }
  return text;
}

// The first line that differs, as a sentence; empty if none does.
std::string FirstDifference(const std::string& own, const std::string& of_root, int rank) {
  if (own == of_root) return "";
  const auto here = Lines(own), there = Lines(of_root);
  size_t i = 0;
  while (i < here.size() && i < there.size() && here[i] == there[i]) ++i;
  const auto line = [i](const std::vector<std::string>& lines) { return i < lines.size() ? lines[i] : "nothing more"; };
  return "rank " + std::to_string(rank) +
         " trains another net or solver than rank 0. The first difference:\n  rank 0: " + line(there) + "\n  rank " +
         std::to_string(rank) + ": " + line(here);
}

// The message of the first rank that has one, on all ranks.
void RequireNone(Communicator& ranks, const std::string& message) {
  const auto has = ranks.Gather<int32_t>(message.empty() ? 0 : 1);
  for (int rank = 0; rank < ranks.Size(); ++rank) {
    if (has[rank] != 0) throw CodedError("ERR_CAFFE_MPI", ranks.Broadcast(message, rank));
  }
}

using Blobs = std::vector<std::pair<std::string, caffe::Blob<float>*>>;

Blobs BlobsOf(caffe::Solver<float>& solver) {
  Blobs blobs;
  const auto& net = *solver.net();
  auto& places = NetAccess::ParamPlaces(net);
  auto& learnable = net.learnable_params();
  std::vector<std::string> names(learnable.size());
  for (size_t i = places.size(); i-- > 0;) {
    names[NetAccess::LearnableIds(net)[i]] =
        net.layer_names()[places[i].first] + "[" + std::to_string(places[i].second) + "]";
  }
  for (size_t i = 0; i < learnable.size(); ++i) blobs.emplace_back("params." + names[i], learnable[i]);
  auto* sgd = dynamic_cast<caffe::SGDSolver<float>*>(&solver);
  if (sgd == nullptr) return blobs;
  for (size_t i = 0; i < sgd->history().size(); ++i) {
    blobs.emplace_back("history[" + std::to_string(i) + "]", sgd->history()[i].get());
  }
  return blobs;
}

// FNV-1a, over words.
uint64_t HashOf(const caffe::Blob<float>& blob) {
  uint64_t hash = 14695981039346656037ULL;
  if (blob.count() == 0) return hash;
  const float* values = blob.cpu_data();
  for (int i = 0; i < blob.count(); ++i) {
    uint32_t word = 0;
    std::memcpy(&word, values + i, sizeof word);
    hash = (hash ^ word) * 1099511628211ULL;
  }
  return hash;
}

}  // namespace

void RequireSameSolver(Communicator& ranks, caffe::Solver<float>& solver, const LiveParameter& parameter) {
  const auto own = Describe(solver, parameter);
  RequireNone(ranks, FirstDifference(own, ranks.Broadcast(own, 0), ranks.Rank()));
}

void AdoptState(Communicator& ranks, caffe::Solver<float>& solver) {
  for (auto& named : BlobsOf(solver)) {
    auto& blob = *named.second;
    if (blob.count() == 0) continue;
    ranks.Broadcast(blob.mutable_cpu_data(), blob.count() * sizeof(float), 0);
  }
  struct {
    int32_t iter, step;
    uint32_t seed;
  } state{solver.iter(), SolverAccess::CurrentStep(solver), caffe::caffe_rng_rand()};
  ranks.Broadcast(&state, sizeof state, 0);
  SolverAccess::Iter(solver) = state.iter;
  SolverAccess::CurrentStep(solver) = state.step;
  caffe::Caffe::set_random_seed(state.seed + ranks.Rank());
}

void RequireSameValues(Communicator& ranks, caffe::Solver<float>& solver) {
  const auto blobs = BlobsOf(solver);
  std::vector<uint64_t> own;
  for (auto& blob : blobs) own.push_back(HashOf(*blob.second));
  std::vector<uint64_t> all(own.size() * ranks.Size());
  ranks.GatherBytes(own.data(), all.data(), own.size() * sizeof(uint64_t));
  for (size_t i = 0; i < own.size(); ++i) {
    for (int rank = 1; rank < ranks.Size(); ++rank) {
      if (all[rank * own.size() + i] == all[i]) continue;
      throw CodedError("ERR_CAFFE_MPI", blobs[i].first + " has other values on rank " + std::to_string(rank) +
                                            " than on rank 0, at iteration " + std::to_string(solver.iter()) +
                                            "; what changes weights in TypeScript must do so on all ranks alike");
    }
  }
}

}  // namespace tscaffe
