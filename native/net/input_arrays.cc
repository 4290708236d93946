#include "net/input_arrays.h"

#include <caffe/layers/memory_data_layer.hpp>
#include <string>

#include "guard/failure.h"

namespace tscaffe {

void InputArrays::Set(const caffe::Net<float>& net, const float* data, size_t data_count, const float* labels,
                      size_t label_count) {
  auto* layer = net.layers().empty() ? nullptr : dynamic_cast<caffe::MemoryDataLayer<float>*>(net.layers()[0].get());
  if (layer == nullptr) {
    throw CodedError("ERR_CAFFE_LAYER", "setInputArrays: the net's first layer is no MemoryData layer");
  }
  const size_t size = static_cast<size_t>(layer->channels()) * layer->height() * layer->width();
  const auto batch = static_cast<size_t>(layer->batch_size());
  if (label_count == 0 || label_count % batch != 0 || data_count != label_count * size) {
    throw CodedError("ERR_CAFFE_LAYER",
                     "setInputArrays: expected n labels and n x " + std::to_string(layer->channels()) + " x " +
                         std::to_string(layer->height()) + " x " + std::to_string(layer->width()) +
                         " values, n a multiple of the batch size " + std::to_string(batch) + ", but received " +
                         std::to_string(label_count) + " labels and " + std::to_string(data_count) + " values");
  }
  data_.assign(data, data + data_count);
  labels_.assign(labels, labels + label_count);
  layer->Reset(data_.data(), labels_.data(), static_cast<int>(label_count));
}

}  // namespace tscaffe
