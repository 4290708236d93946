#include "data/database.h"

#include <sys/stat.h>

#include <mutex>
#include <tuple>

#include "data/data_layers.h"
#include "data/lmdb_transaction.h"
#include "environment/gate.h"
#include "file/special.h"

namespace tscaffe {

namespace {

// The databases over which LMDB itself came to grief, and how. Such a one is never closed (see Commit): it keeps some
// megabytes and three descriptors, so it is not opened again as long as the file is as it was.
using FileState = std::tuple<dev_t, ino_t, off_t, time_t, long>;
std::mutex lost_mutex;
std::map<FileState, std::string> lost;

FileState StateOf(const std::string& database) {
  struct stat status {};
  if (stat((database + "/data.mdb").c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void RequireNotLost(const std::string& database) {
  const std::lock_guard<std::mutex> lock(lost_mutex);
  const auto found = lost.find(StateOf(database));
  if (found == lost.end()) return;
  throw CodedError("ERR_CAFFE_FILE", database + ": an earlier commit to it failed: " + found->second);
}

}  // namespace

Napi::Function Database::Define(Napi::Env env) {
  return DefineClass(env, "Database",
                     {InstanceMethod<&Database::Put>("put"), InstanceMethod<&Database::Commit>("commit"),
                      InstanceMethod<&Database::OpenCursor>("openCursor"), InstanceMethod<&Database::Next>("next"),
                      InstanceMethod<&Database::CloseCursor>("closeCursor"), InstanceMethod<&Database::Count>("count"),
                      InstanceMethod<&Database::Close>("close")});
}

Database::Database(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      environment_(Environment::Of(info.Env())),
      is_lmdb_(info[0].As<Napi::String>().Utf8Value() == "lmdb"),
      path_(info[1].As<Napi::String>()) {
  Running(*environment_, [&] {
    const std::string mode = info[2].As<Napi::String>();
    RequireReadableFolder(path_);
    if (mode == "write") RequireNotLost(path_);
    if (!is_lmdb_) RequireLevelDbThread();
    std::unique_ptr<caffe::db::DB> database(caffe::db::GetDB(info[0].As<Napi::String>().Utf8Value()));
    database->Open(path_, mode == "read" ? caffe::db::READ : mode == "write" ? caffe::db::WRITE : caffe::db::NEW);
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
    if (!is_lmdb_) RequireLevelDbThread();
    // A transaction whose commit failed is of no more use.
    auto transaction = std::move(transaction_);
    try {
      transaction->Commit();
    } catch (const CheckFailure& failure) {
      // LMDB's own transaction may have stayed open: then this thread holds its lock, a mutex that lies in the
      // database's memory and that the thread's list of robust mutexes goes through. Had that memory been given back,
      // the next lock of any LMDB on this thread was a segmentation fault.
      MDB_txn* open = TakeLmdbTransaction();
      if (open == nullptr) throw;
      const bool interrupted = failure.line == 0;  // by a signal, in the middle of LMDB: nothing of it may be called
      if (interrupted) {
        new std::shared_ptr<caffe::db::DB>(database_);  // it is never closed
        const std::lock_guard<std::mutex> lock(lost_mutex);
        lost[StateOf(path_)] = failure.what();
      } else {
        AbortLmdbTransaction(open);
      }
      throw;
    }
  });
}

// -> a number for next and closeCursor
Napi::Value Database::OpenCursor(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&]() -> Napi::Value {
    std::unique_ptr<caffe::db::Cursor> cursor(Get().NewCursor());
    cursors_.emplace(++last_cursor_, std::move(cursor));
    return Napi::Number::New(info.Env(), last_cursor_);
  });
}

// (cursor) -> [key, value], or undefined after the last record
Napi::Value Database::Next(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&]() -> Napi::Value {
    auto env = info.Env();
    Get();
    auto found = cursors_.find(info[0].As<Napi::Number>());
    if (found == cursors_.end() || !found->second->valid()) return env.Undefined();
    auto& cursor = *found->second;
    auto record = Napi::Array::New(env, 2);
    const std::string value = cursor.value();
    auto bytes = environment_->MakeBytes(value.size());
    std::copy(value.begin(), value.end(), bytes.Data());
    record[0U] = Napi::String::New(env, cursor.key());
    record[1U] = bytes;
    cursor.Next();
    return record;
  });
}

// (cursor); one that is closed already is fine, the database closes all
void Database::CloseCursor(const Napi::CallbackInfo& info) {
  Guarded(*environment_, [&] { cursors_.erase(info[0].As<Napi::Number>()); });
}

// -> the number of records; of LMDB, the values are not read
Napi::Value Database::Count(const Napi::CallbackInfo& info) {
  return Guarded(*environment_, [&] {
    const std::unique_ptr<caffe::db::Cursor> cursor(Get().NewCursor());
    int64_t count = 0;
    for (; cursor->valid(); cursor->Next()) ++count;
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

void Database::Close(const Napi::CallbackInfo&) {
  Guarded(*environment_, [&] { Reset(); });
}

void Database::Reset() {
  cursors_.clear();
  transaction_.reset();
  database_.reset();
}

}  // namespace tscaffe
