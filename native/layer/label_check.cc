#include "layer/label_check.h"

#include <algorithm>

#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

// The largest float below 2^31. What is beyond, and NaN, Caffe's conversion to an integer makes anything of.
constexpr float kLargest = 2147483520.0F;

}  // namespace

std::optional<LabelCheck> LabelCheck::For(const caffe::Layer<float>& layer) {
  const std::string type = layer.type();
  const auto& parameter = layer.layer_param();
  std::optional<int> ignored;
  if (parameter.loss_param().has_ignore_label()) ignored = parameter.loss_param().ignore_label();
  if (type == "SoftmaxWithLoss") {
    return LabelCheck(Classes::ALONG_AXIS, parameter.softmax_param().axis(), ignored, true);
  }
  if (type == "InfogainLoss") {
    return LabelCheck(Classes::ALONG_AXIS, parameter.infogain_loss_param().axis(), ignored, true);
  }
  if (type == "Accuracy") {
    ignored.reset();
    if (parameter.accuracy_param().has_ignore_label()) ignored = parameter.accuracy_param().ignore_label();
    return LabelCheck(Classes::ALONG_AXIS, parameter.accuracy_param().axis(), ignored, true);
  }
  // These two do not know of ignore_label.
  if (type == "MultinomialLogisticLoss" || type == "HingeLoss") return LabelCheck(Classes::OF_EACH_ITEM, 0, {}, false);
  if (type == "Embed") {
    return LabelCheck(Classes::INPUT_DIM, static_cast<int>(parameter.embed_param().input_dim()), {}, false);
  }
  if (type == "BatchReindex") return LabelCheck(Classes::ITEMS, 0, {}, false);
  return {};
}

// As Caffe compares: integers. 16777217 as an ignore_label does not ignore 16777216, the same float.
bool LabelCheck::IsRight(float label, int classes, bool whole) const {
  if (!(label > -kLargest && label <= kLargest)) return false;
  const int number = static_cast<int>(label);
  if (whole && static_cast<float>(number) != label) return false;
  return (number >= 0 && number < classes) || (ignored_ && number == *ignored_);
}

void LabelCheck::Require(const Blobs& bottom, bool whole, const std::function<std::string(int)>& name) const {
  const int reader = classes_ == Classes::INPUT_DIM ? 0 : 1;
  if (static_cast<int>(bottom.size()) <= reader) return;
  const auto& predictions = *bottom[0];
  const auto& labels = *bottom[reader];
  int count = labels.count();
  int classes = number_;
  if (classes_ == Classes::ALONG_AXIS) {
    const int axis = number_ < 0 ? number_ + predictions.num_axes() : number_;
    if (axis < 0 || axis >= predictions.num_axes()) return;
    classes = predictions.shape(axis);
    if (static_cast<int64_t>(count) * classes != predictions.count()) return;
  } else if (classes_ == Classes::OF_EACH_ITEM) {
    const int items = predictions.num_axes() > 0 ? predictions.shape(0) : 1;
    if (items == 0) return;
    classes = predictions.count() / items;
    count = std::min(count, items);
  } else if (classes_ == Classes::ITEMS) {
    if (predictions.num_axes() == 0) return;
    classes = predictions.shape(0);
  }
  if (count == 0) return;
  const float* values = labels.cpu_data();
  for (int i = 0; i < count; ++i) {
    if (IsRight(values[i], classes, whole)) continue;
    const std::string blob = name(reader);
    throw ValueError("ERR_CAFFE_LABEL",
                     "label " + TextOf(values[i]) + " in element " + std::to_string(i) + " of blob \"" + blob +
                         "\": expected " + Expected(classes),
                     CurrentPlace(), {blob, -1, false, i});
  }
}

std::string LabelCheck::Expected(int classes) const {
  std::string text = "an integer from 0 to " + std::to_string(classes - 1);
  if (classes_ == Classes::INPUT_DIM) return text + ", since input_dim is " + std::to_string(classes);
  if (classes_ == Classes::ITEMS) return text + ", since there are " + std::to_string(classes) + " items";
  text += ", since there are " + std::to_string(classes) + " classes";
  if (ignored_) return text + ", or the ignore_label " + std::to_string(*ignored_);
  return may_ignore_ ? text + ", or an ignore_label" : text;
}

}  // namespace tscaffe
