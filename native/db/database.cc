#include "db/database.h"

#include "guard/guarded.h"

namespace tscaffe {

Napi::Function Database::Define(Napi::Env env) {
  return DefineClass(env, "Database",
                     {InstanceMethod<&Database::Put>("put"), InstanceMethod<&Database::Commit>("commit"),
                      InstanceMethod<&Database::Rewind>("rewind"), InstanceMethod<&Database::Next>("next"),
                      InstanceMethod<&Database::Close>("close")});
}

Database::Database(const Napi::CallbackInfo& info) : ObjectWrap(info), environment_(Environment::Of(info.Env())) {
  Running(*environment_, [&] {
    const std::string mode = info[2].As<Napi::String>();
    std::unique_ptr<caffe::db::DB> database(caffe::db::GetDB(info[0].As<Napi::String>().Utf8Value()));
    database->Open(info[1].As<Napi::String>(), mode == "read"    ? caffe::db::READ
                                               : mode == "write" ? caffe::db::WRITE
                                                                 : caffe::db::NEW);
    database_ = std::move(database);
  });
}

caffe::db::DB& Database::Get() const {
  if (!database_) throw CodedError("ERR_CAFFE_DISPOSED", "the database has been closed");
  return *database_;
}

// (key, value)
void Database::Put(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] {
    auto& database = Get();
    if (!transaction_) transaction_.reset(database.NewTransaction());
    auto value = info[1].As<Napi::Uint8Array>();
    transaction_->Put(info[0].As<Napi::String>(),
                      std::string(reinterpret_cast<const char*>(value.Data()), value.ByteLength()));
  });
}

void Database::Commit(const Napi::CallbackInfo&) {
  Running(*environment_, [&] {
    Get();
    if (!transaction_) return;
    // A transaction whose commit failed is of no more use.
    auto transaction = std::move(transaction_);
    transaction->Commit();
  });
}

void Database::Rewind(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] {
    Get();
    cursor_.reset();
  });
}

// -> [key, value], or undefined after the last record
Napi::Value Database::Next(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&]() -> Napi::Value {
    auto env = info.Env();
    if (!cursor_) {
      cursor_.reset(Get().NewCursor());
    } else if (cursor_->valid()) {
      cursor_->Next();
    }
    if (!cursor_->valid()) return env.Undefined();
    auto record = Napi::Array::New(env, 2);
    const std::string value = cursor_->value();
    auto bytes = Napi::Uint8Array::New(env, value.size());
    std::copy(value.begin(), value.end(), bytes.Data());
    record[0U] = Napi::String::New(env, cursor_->key());
    record[1U] = bytes;
    return record;
  });
}

void Database::Close(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { Reset(); });
}

void Database::Reset() {
  cursor_.reset();
  transaction_.reset();
  database_.reset();
}

}  // namespace tscaffe
