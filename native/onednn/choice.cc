#include "onednn/choice.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

#include "file/aside.h"

namespace tscaffe {

namespace {

// Chosen in this process, and in earlier ones if TSCAFFE_ENGINE_CACHE names a file: lines of a key, a tab and a way.
class Choices {
 public:
  static Choices& OfProcess() {
    static auto& choices = *new Choices;
    return choices;
  }

  bool Find(const std::string& key, Way* way) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ways_.find(key);
    if (found == ways_.end()) return false;
    *way = found->second;
    return true;
  }

  void Keep(const std::string& key, Way way) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ways_[key] = way;
    if (!file_.empty()) Save();
  }

 private:
  Choices() {
    const char* file = std::getenv("TSCAFFE_ENGINE_CACHE");
    if (file == nullptr || *file == '\0') return;
    file_ = file;
    Load();
  }

  void Load() {
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      const auto tab = line.rfind('\t');
      if (tab == std::string::npos) continue;
      const auto name = std::find(std::begin(kNames), std::end(kNames), line.substr(tab + 1));
      if (name != std::end(kNames)) ways_[line.substr(0, tab)] = static_cast<Way>(name - std::begin(kNames));
    }
  }

  // Two processes may do so at a time: the file is whole in any case.
  void Save() {
    const Aside aside(AsideName(file_), file_);
    std::ofstream out(aside.Path());
    for (const auto& [key, way] : ways_) out << key << '\t' << kNames[static_cast<size_t>(way)] << '\n';
    out.close();
    aside.MoveIntoPlace();
  }

  static constexpr const char* kNames[] = {"caffe", "blocked", "plain"};
  std::mutex mutex_;
  std::map<std::string, Way> ways_;
  std::string file_;
};

using Clock = std::chrono::steady_clock;

// A layer that leaves the layout of its neighbours spares them a copy, which the measurement does not see.
constexpr double kWorthOfBlocks = 0.9;

// The first run makes primitives and touches new memory.
double SecondsOf(const std::function<void(Way)>& run, Way way) {
  run(way);
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto start = Clock::now();
    run(way);
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return least;
}

}  // namespace

Trial::Trial(const Blobs& bottom, const Blobs& top, std::vector<Pointer>& params)
    : params_(params), own_params_(params) {
  for (auto* blob : bottom) bottom_.push_back(Like(blob).get());
  for (auto* blob : top) top_.push_back(Like(blob).get());
  for (auto& param : params) param = Like(param.get());
}

Trial::~Trial() { params_ = own_params_; }

Trial::Pointer Trial::Like(caffe::Blob<float>* blob) {
  for (auto& [original, like] : blobs_) {
    if (original == blob) return like;
  }
  auto like = boost::make_shared<caffe::Blob<float>>(blob->shape());
  for (float* values : {like->mutable_cpu_data(), like->mutable_cpu_diff()}) {
    for (int i = 0; i < like->count(); ++i) values[i] = static_cast<float>(i % 7) / 8.0F + 0.1F;
  }
  blobs_.emplace_back(blob, like);
  return like;
}

KeptParams::KeptParams(std::vector<boost::shared_ptr<caffe::Blob<float>>> params) : params_(std::move(params)) {
  for (auto& param : params_) {
    data_.emplace_back(param->cpu_data(), param->cpu_data() + param->count());
    diffs_.emplace_back(param->cpu_diff(), param->cpu_diff() + param->count());
  }
}

KeptParams::~KeptParams() {
  for (size_t i = 0; i < params_.size(); ++i) {
    std::copy(data_[i].begin(), data_[i].end(), params_[i]->mutable_cpu_data());
    std::copy(diffs_[i].begin(), diffs_[i].end(), params_[i]->mutable_cpu_diff());
  }
}

// TSCAFFE_ENGINE_WAY says one way for all passes that have it, instead of the fastest.
std::optional<Way> WayOfEnvironment(const std::vector<Way>& ways) {
  static const std::string name = [] {
    const char* value = std::getenv("TSCAFFE_ENGINE_WAY");
    return std::string(value == nullptr ? "" : value);
  }();
  const auto way = name == "blocked" ? Way::BLOCKED : name == "plain" ? Way::PLAIN : Way::CAFFE;
  if (way == Way::CAFFE || std::find(ways.begin(), ways.end(), way) == ways.end()) return std::nullopt;
  return way;
}

Way ChooseWay(const std::string& key, const std::vector<Way>& ways, const std::function<void(Way)>& run) {
  auto& choices = Choices::OfProcess();
  if (const auto said = WayOfEnvironment(ways)) {
    try {
      run(*said);
      return *said;
    } catch (const dnnl::error&) {
      return Way::CAFFE;
    }
  }
  Way best = Way::CAFFE;
  if (choices.Find(key, &best)) return best;
  std::vector<std::pair<double, Way>> times;
  for (const Way way : ways) {
    try {
      const double seconds = SecondsOf(run, way);
      times.emplace_back(way == Way::BLOCKED ? seconds * kWorthOfBlocks : seconds, way);
    } catch (const dnnl::error&) {
      if (way == Way::CAFFE) throw;
    }
  }
  best = std::min_element(times.begin(), times.end())->second;
  choices.Keep(key, best);
  return best;
}

std::string ShapesOf(const Blobs& blobs) {
  std::ostringstream text;
  for (auto* blob : blobs) text << ' ' << blob->shape_string();
  return text.str();
}

}  // namespace tscaffe
