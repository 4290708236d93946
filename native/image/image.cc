#include "image/image.h"

#include "environment/gate.h"
#include "image/input_layout.h"
#include "image/resize.h"

namespace tscaffe {

namespace {

using Info = const Napi::CallbackInfo&;

// (image, pixels, rawScale, means, inputScale, input), or (input, ..., image)
template <void convert(const float*, const Channel&, float*)>
void Convert(Info info) {
  Peek(*Environment::Of(info.Env()), [&] {
    auto pixels = info[1].As<Napi::Int32Array>();
    auto means = info[3].As<Napi::Float64Array>();
    const Channel channel{pixels.Data(),
                          static_cast<int64_t>(pixels.ElementLength()),
                          info[2].As<Napi::Number>(),
                          info[4].As<Napi::Number>(),
                          means.Data(),
                          means.ElementLength() > 1};
    convert(info[0].As<Napi::Float32Array>().Data(), channel, info[5].As<Napi::Float32Array>().Data());
  });
}

ImageSize SizeOf(const Napi::Value& shape) {
  auto sizes = shape.As<Napi::Array>();
  const auto at = [&](uint32_t axis) { return sizes.Get(axis).As<Napi::Number>().Int64Value(); };
  return {at(0), at(1), at(2)};
}

Positions PositionsOf(const Napi::Value& value) {
  auto positions = value.As<Napi::Object>();
  auto at = positions.Get("at").As<Napi::Int32Array>();
  return {at.Data(), positions.Get("next").As<Napi::Int32Array>().Data(),
          positions.Get("part").As<Napi::Float64Array>().Data(), static_cast<int64_t>(at.ElementLength())};
}

Bell BellOf(const Napi::Value& value) {
  auto weights = value.As<Napi::Float64Array>();
  return {weights.Data(), static_cast<int64_t>(weights.ElementLength())};
}

template <class Float>
Float* Values(const Napi::Value& array) {
  return array.As<Napi::TypedArrayOf<Float>>().Data();
}

bool IsSingle(const Napi::Value& array) { return array.As<Napi::TypedArray>().TypedArrayType() == napi_float32_array; }

template <class Float>
void InterpolateOf(Info info) {
  Interpolate(Values<Float>(info[0]), SizeOf(info[1]), PositionsOf(info[2]), PositionsOf(info[3]),
              Values<Float>(info[4]));
}

template <class Float>
void ResizeOf(Info info) {
  Resize(Values<Float>(info[0]), SizeOf(info[1]), BellOf(info[2]), BellOf(info[3]), PositionsOf(info[4]),
         PositionsOf(info[5]), info[6].As<Napi::Boolean>(), Values<Float>(info[7]));
}

// Image and result are both of 32 bits, or both of 64.
template <void single(Info), void twice(Info)>
void OfEither(Info info) {
  Peek(*Environment::Of(info.Env()), [&] { (IsSingle(info[0]) ? single : twice)(info); });
}

}  // namespace

Napi::Object ImageExports(Napi::Env env) {
  auto image = Napi::Object::New(env);
  image["toInput"] = Napi::Function::New<Convert<ToInput>>(env, "toInput");
  image["toImage"] = Napi::Function::New<Convert<ToImage>>(env, "toImage");
  image["interpolate"] = Napi::Function::New<OfEither<InterpolateOf<float>, InterpolateOf<double>>>(env, "interpolate");
  image["resize"] = Napi::Function::New<OfEither<ResizeOf<float>, ResizeOf<double>>>(env, "resize");
  return image;
}

}  // namespace tscaffe
