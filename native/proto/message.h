// Messages and lists of integers across the border: messages travel as bytes.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "caffe/headers.h"
#include "guard/failure.h"

namespace tscaffe {

std::vector<int> IntegersFrom(Napi::Value array);
Napi::Array IntegersTo(Napi::Env env, const std::vector<int>& integers);
Napi::Array StringsTo(Napi::Env env, const std::vector<std::string>& strings);

void ParseBytes(Napi::Value bytes, const char* what, google::protobuf::MessageLite* message);
Napi::Value BytesOf(Napi::Env env, const google::protobuf::MessageLite& message);

// The message that a Uint8Array holds; `what` names it in the error for bytes that hold none.
template <class Message>
Message MessageFrom(Napi::Value bytes, const char* what) {
  Message message;
  ParseBytes(bytes, what, &message);
  return message;
}

}  // namespace tscaffe
