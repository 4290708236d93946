// LMDB and LevelDB through Caffe's own database code.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "caffe/headers.h"
#include "environment/environment.h"
#include "environment/object_wrap.h"

namespace tscaffe {

class Database : public ObjectWrap<Database> {
 public:
  static constexpr const char* kName = "Database";
  static Napi::Function Define(Napi::Env env);

  // (backend "lmdb" | "leveldb", path, mode "read" | "write" | "new")
  explicit Database(const Napi::CallbackInfo& info);

 private:
  void Put(const Napi::CallbackInfo& info);
  void Commit(const Napi::CallbackInfo& info);
  Napi::Value OpenCursor(const Napi::CallbackInfo& info);
  Napi::Value Next(const Napi::CallbackInfo& info);
  void CloseCursor(const Napi::CallbackInfo& info);
  Napi::Value Count(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void Reset();
  caffe::db::DB& Get() const;

  const std::shared_ptr<Environment> environment_;
  const bool is_lmdb_;
  const std::string path_;
  // Destroyed in the reverse order: cursors and a transaction live in the database.
  std::shared_ptr<caffe::db::DB> database_;
  std::unique_ptr<caffe::db::Transaction> transaction_;
  std::map<int32_t, std::unique_ptr<caffe::db::Cursor>> cursors_;
  int32_t last_cursor_ = 0;
};

}  // namespace tscaffe
