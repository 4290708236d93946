#include "data/hdf5_datasets.h"

#include <algorithm>
#include <string>
#include <vector>

#include "environment/gate.h"
#include "file/hdf5.h"

namespace tscaffe {

Napi::Value ReadHdf5File(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  auto& environment = *Environment::Of(env);
  return Guarded(environment, [&]() -> Napi::Value {
    const std::string path = info[0].As<Napi::String>();
    std::vector<Hdf5Dataset> datasets;
    ReadHdf5(path, [&] { datasets = ReadHdf5Datasets(path); });
    auto result = Napi::Array::New(env, datasets.size());
    for (uint32_t i = 0; i < datasets.size(); ++i) {
      auto& [name, shape, values] = datasets[i];
      auto sizes = Napi::Array::New(env, shape.size());
      for (uint32_t axis = 0; axis < shape.size(); ++axis) {
        sizes[axis] = Napi::Number::New(env, static_cast<double>(shape[axis]));
      }
      auto floats = environment.MakeFloats(Napi::ArrayBuffer::New(env, values.size() * sizeof(float)), values.size());
      std::copy(values.begin(), values.end(), floats.Data());
      std::vector<float>().swap(values);
      auto dataset = Napi::Object::New(env);
      dataset["name"] = Napi::String::New(env, name);
      dataset["shape"] = sizes;
      dataset["data"] = floats;
      result[i] = dataset;
    }
    return result;
  });
}

void WriteHdf5File(const Napi::CallbackInfo& info) {
  Guarded(*Environment::Of(info.Env()), [&] {
    const std::string path = info[0].As<Napi::String>();
    auto datasets = info[1].As<Napi::Array>();
    WriteHdf5(path, [&] {
      Hdf5Writer writer(path);
      for (uint32_t i = 0; i < datasets.Length(); ++i) {
        auto dataset = datasets.Get(i).As<Napi::Object>();
        auto sizes = dataset.Get("shape").As<Napi::Array>();
        std::vector<uint64_t> shape(sizes.Length());
        for (uint32_t axis = 0; axis < shape.size(); ++axis) {
          shape[axis] = static_cast<uint64_t>(sizes.Get(axis).As<Napi::Number>().Int64Value());
        }
        writer.Write(dataset.Get("name").As<Napi::String>(), shape,
                     dataset.Get("data").As<Napi::Float32Array>().Data());
      }
    });
  });
}

}  // namespace tscaffe
