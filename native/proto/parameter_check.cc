#include "proto/parameter_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <class Value>
[[noreturn]] void Refuse(const std::string& path, Value value, const std::string& expected) {
  std::ostringstream text;
  text << path << ": expected " << expected << ", but received " << value;
  throw CodedError("ERR_CAFFE_LAYER", text.str(), CurrentPlace());
}

// Of boost's uniform_real, which draws again as long as the number is not below the upper bound. With an infinite
// bound, or the largest float for both, it called itself until the stack was full.
void RequireBound(float value, const std::string& path) {
  if (std::abs(value) < std::numeric_limits<float>::max()) return;
  Refuse(path, value, "a finite number");
}

void RequireUsableFiller(const caffe::FillerParameter& filler, const std::string& path) {
  if (filler.type() != "uniform") return;
  RequireBound(filler.min(), path + ".min");
  RequireBound(filler.max(), path + ".max");
}

// Each filler that a layer's parameter holds, wherever: a new layer's are found as well.
void RequireUsableFillers(const Message& message, const std::string& path) {
  if (const auto* filler = dynamic_cast<const caffe::FillerParameter*>(&message))
    return RequireUsableFiller(*filler, path);
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->name() == "blobs") continue;
    const std::string inner = path.empty() ? field->name() : path + "." + field->name();
    if (!field->is_repeated()) {
      RequireUsableFillers(reflection.GetMessage(message, field), inner);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      RequireUsableFillers(reflection.GetRepeatedMessage(message, field, i), inner + "[" + std::to_string(i) + "]");
    }
  }
}

}  // namespace

namespace {

void RequirePositive(bool is_given, unsigned value, const std::string& path) {
  if (is_given && value == 0) Refuse(path, value, "at least 1");
}

// Caffe divides by a stride of 0 in floats, and makes the result a size; with a dilation of 0 all of a kernel lies on
// one pixel.
void RequireUsableSizes(const caffe::LayerParameter& parameter) {
  const auto& pooling = parameter.pooling_param();
  RequirePositive(pooling.has_stride(), pooling.stride(), "pooling_param.stride");
  RequirePositive(pooling.has_stride_h(), pooling.stride_h(), "pooling_param.stride_h");
  RequirePositive(pooling.has_stride_w(), pooling.stride_w(), "pooling_param.stride_w");
  for (const unsigned dilation : parameter.convolution_param().dilation()) {
    RequirePositive(true, dilation, "convolution_param.dilation");
  }
}

}  // namespace

void RequireUsable(const caffe::LayerParameter& parameter) {
  RequireUsableFillers(parameter, "");
  RequireUsableSizes(parameter);
  // Caffe's DCHECKs, which its library is built without. With 1 it scales by 1 / 0, and its tops were NaN.
  if (parameter.type() == "Dropout") {
    const float ratio = parameter.dropout_param().dropout_ratio();
    if (!(ratio >= 0 && ratio < 1)) Refuse("dropout_param.dropout_ratio", ratio, "a number from 0 to below 1");
  }
  // It makes a blob for each level before it looks whether the image has as many: two thousand million of them.
  constexpr unsigned kMostLevels = 31;
  if (parameter.type() == "SPP" && parameter.spp_param().pyramid_height() > kMostLevels) {
    Refuse("spp_param.pyramid_height", parameter.spp_param().pyramid_height(),
           "at most " + std::to_string(kMostLevels) + " levels");
  }
}

}  // namespace tscaffe
