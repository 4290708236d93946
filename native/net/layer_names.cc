#include "net/layer_names.h"

#include <cctype>
#include <utility>

#include "guard/failure.h"
#include "net/net_access.h"

namespace tscaffe {

namespace {

std::string Ordinal(int number) {
  const int last = number % 10;
  const bool is_teen = number / 10 % 10 == 1;
  const char* ending = is_teen ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return std::to_string(number) + ending;
}

std::map<std::string, int> LearningByName(const std::vector<NamedLayer>& layers) {
  std::map<std::string, int> numbers;
  for (auto& layer : layers) numbers[layer.name] += layer.learns ? 1 : 0;
  return numbers;
}

bool IsEscape(const std::string& text, size_t at) {
  return at + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[at + 1])) != 0 &&
         std::isxdigit(static_cast<unsigned char>(text[at + 2])) != 0;
}

}  // namespace

std::vector<NamedLayer> NamedLayersOf(const caffe::Net<float>& net) {
  std::vector<NamedLayer> layers;
  for (auto& layer : net.layers()) layers.push_back({layer->layer_param().name(), !layer->blobs().empty()});
  return layers;
}

std::vector<NamedLayer> NamedLayersOf(const caffe::NetParameter& weights) {
  std::vector<NamedLayer> layers;
  for (auto& layer : weights.layer()) layers.push_back({layer.name(), layer.blobs_size() > 0});
  return layers;
}

std::vector<std::string> DistinctNames(const std::vector<NamedLayer>& layers) {
  std::vector<std::string> names(layers.size());
  std::map<std::string, int> seen;
  for (const bool learns : {true, false}) {
    for (size_t i = 0; i < layers.size(); ++i) {
      if (layers[i].learns != learns) continue;
      const int number = ++seen[layers[i].name];
      names[i] = layers[i].name + (number == 1 ? "" : " (" + Ordinal(number) + " of this name)");
    }
  }
  return names;
}

// Whatever it changes begins with % and two digits, and so a name that has these of its own is changed too.
std::string Hdf5NameOf(const std::string& distinct_name) {
  if (distinct_name.empty()) return "%00";
  if (distinct_name == ".") return "%2E";
  std::string name;
  for (size_t i = 0; i < distinct_name.size(); ++i) {
    const char c = distinct_name[i];
    if (c == '/') {
      name += "%2F";
    } else if (c == '%' && IsEscape(distinct_name, i)) {
      name += "%25";
    } else {
      name += c;
    }
  }
  return name;
}

void RequireAsMany(const std::vector<NamedLayer>& from, const std::vector<NamedLayer>& to, const std::string& source) {
  const auto given = LearningByName(from);
  for (auto& [name, wanted] : LearningByName(to)) {
    const auto found = given.find(name);
    const int number = found == given.end() ? 0 : found->second;
    if (number == wanted || number == 0 || wanted == 0) continue;
    std::string text = source;
    text.append(": has ").append(std::to_string(number)).append(" layers called ").append(name);
    text.append(" that have weights, and the net has ").append(std::to_string(wanted));
    throw CodedError("ERR_CAFFE_LAYER", text + ": which belong together cannot be told; give them names of their own");
  }
}

namespace {

std::map<std::string, int> IndexOf(const std::vector<std::string>& names) {
  std::map<std::string, int> index;
  for (size_t i = 0; i < names.size(); ++i) index[names[i]] = static_cast<int>(i);
  return index;
}

}  // namespace

void GiveDistinctNames(caffe::Net<float>& net) {
  auto names = DistinctNames(NamedLayersOf(net));
  NetAccess::LayerNamesIndex(net) = IndexOf(names);
  NetAccess::LayerNames(net) = std::move(names);
}

Hdf5LayerNames::Hdf5LayerNames(caffe::Net<float>& net) : net_(net) {
  for (auto& name : net.layer_names()) names_.push_back(Hdf5NameOf(name));
  index_ = IndexOf(names_);
  in_parameters_ = names_;
  Swap();
}

Hdf5LayerNames::~Hdf5LayerNames() { Swap(); }

void Hdf5LayerNames::Swap() {
  names_.swap(NetAccess::LayerNames(net_));
  index_.swap(NetAccess::LayerNamesIndex(net_));
  for (size_t i = 0; i < in_parameters_.size(); ++i) {
    auto& parameter = LayerAccess::Parameter(*net_.layers()[i]);
    if (parameter.name() != in_parameters_[i]) parameter.mutable_name()->swap(in_parameters_[i]);
  }
}

}  // namespace tscaffe
