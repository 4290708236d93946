#include "proto/text.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <utility>

#include "environment/gate.h"
#include "proto/message.h"

namespace tscaffe {

namespace {

using google::protobuf::TextFormat;

// Keeps the first error; libprotobuf would print it on stderr. Its lines and columns count from 0.
struct FirstError : google::protobuf::io::ErrorCollector {
  int line = -1, column = 0;
  std::string message;
  void AddError(int at_line, google::protobuf::io::ColumnNumber at_column, const std::string& text) override {
    if (line >= 0) return;
    line = at_line < 0 ? 0 : at_line;
    column = at_column;
    message = text;
  }
};

// libprotobuf reports a word that it has read already, such as an unknown field, at the token that follows, and that
// may stand on another line. The word that the message quotes is meant.
void PointAtQuotedWord(const std::string& text, FirstError* error) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  FirstError ignored;
  google::protobuf::io::Tokenizer tokenizer(&stream, &ignored);
  tokenizer.set_comment_style(google::protobuf::io::Tokenizer::SH_COMMENT_STYLE);
  google::protobuf::io::Tokenizer::Token before;
  while (tokenizer.Next()) {
    auto& token = tokenizer.current();
    if (std::make_pair(token.line, token.column) >= std::make_pair(error->line, error->column)) break;
    before = token;
  }
  if (before.text.empty() || error->message.find('"' + before.text + '"') == std::string::npos) return;
  error->line = before.line;
  error->column = before.column;
}

std::unique_ptr<google::protobuf::Message> NewMessage(const std::string& kind) {
  auto* pool = google::protobuf::DescriptorPool::generated_pool();
  auto* type = pool->FindMessageTypeByName("caffe." + kind);
  if (type == nullptr) throw CodedError("ERR_CAFFE_PROTOTXT", "caffe.proto has no message " + kind);
  auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  return std::unique_ptr<google::protobuf::Message>(prototype->New());
}

bool RunsIn(const caffe::LayerParameter& layer, caffe::Phase phase) {
  if (layer.include_size() == 0) return true;
  for (auto& rule : layer.include()) {
    if (!rule.has_phase() || rule.phase() == phase) return true;
  }
  return false;
}

// Where each layer begins, so that an error can name the line. Layers of the train and the test net may share a name.
Napi::Array LayerLines(Napi::Env env, const caffe::NetParameter& net, const TextFormat::ParseInfoTree& places) {
  auto lines = Napi::Array::New(env);
  for (const char* field_name : {"layer", "layers"}) {
    auto* field = caffe::NetParameter::GetDescriptor()->FindFieldByName(field_name);
    const int count = caffe::NetParameter::GetReflection()->FieldSize(net, field);
    for (int i = 0; i < count; ++i) {
      const bool current = net.layer_size() > i && field->message_type()->name() == "LayerParameter";
      if (!current && field->message_type()->name() == "LayerParameter") continue;
      auto entry = Napi::Object::New(env);
      entry["name"] = Napi::String::New(env, current ? net.layer(i).name() : net.layers(i).name());
      if (current) entry["type"] = Napi::String::New(env, net.layer(i).type());
      entry["line"] = Napi::Number::New(env, places.GetLocation(field, i).line + 1);
      entry["train"] = Napi::Boolean::New(env, !current || RunsIn(net.layer(i), caffe::TRAIN));
      entry["test"] = Napi::Boolean::New(env, !current || RunsIn(net.layer(i), caffe::TEST));
      lines[lines.Length()] = entry;
    }
  }
  return lines;
}

}  // namespace

Napi::Value ParseText(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  return Guarded(*Environment::Of(env), [&]() -> Napi::Value {
    auto message = NewMessage(info[0].As<Napi::String>());
    const std::string text = info[1].As<Napi::String>();
    google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    FirstError error;
    TextFormat::ParseInfoTree places;
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    parser.WriteLocationsTo(&places);
    auto result = Napi::Object::New(env);
    if (!parser.Parse(&stream, message.get()) || error.line >= 0) {
      PointAtQuotedWord(text, &error);
      auto failure = Napi::Object::New(env);
      failure["line"] = Napi::Number::New(env, error.line + 1);
      failure["column"] = Napi::Number::New(env, error.column + 1);
      failure["message"] = Napi::String::New(env, error.message);
      result["error"] = failure;
      return result;
    }
    result["bytes"] = BytesOf(env, *message);
    auto* net = dynamic_cast<caffe::NetParameter*>(message.get());
    result["layers"] = net != nullptr ? LayerLines(env, *net, places) : Napi::Array::New(env);
    return result;
  });
}

Napi::Value PrintText(const Napi::CallbackInfo& info) {
  auto env = info.Env();
  return Guarded(*Environment::Of(env), [&]() -> Napi::Value {
    const std::string kind = info[0].As<Napi::String>();
    auto message = NewMessage(kind);
    ParseBytes(info[1], kind.c_str(), message.get());
    std::string text;
    TextFormat::PrintToString(*message, &text);
    return Napi::String::New(env, text);
  });
}

Napi::Value Upgrade(const Napi::CallbackInfo& info) {
  auto& environment = *Environment::Of(info.Env());
  return Running(environment, [&]() -> Napi::Value {
    const std::string file = info[2].As<Napi::String>();
    if (info[0].As<Napi::String>().Utf8Value() == "NetParameter") {
      auto net = MessageFrom<caffe::NetParameter>(info[1], "net");
      if (!caffe::UpgradeNetAsNeeded(file, &net)) {
        throw CodedError("ERR_CAFFE_PROTOTXT", file + ": its old format cannot be brought to the current one");
      }
      return BytesOf(info.Env(), net);
    }
    auto solver = MessageFrom<caffe::SolverParameter>(info[1], "solver");
    if (!caffe::UpgradeSolverAsNeeded(file, &solver)) {
      throw CodedError("ERR_CAFFE_PROTOTXT", file + ": has both the old solver_type and the new type");
    }
    return BytesOf(info.Env(), solver);
  });
}

}  // namespace tscaffe
