// Caffe forgets a transaction of LMDB when it cannot put a record into it: it stays open, with its lock. These
// functions take the place of LMDB's where libcaffe calls them, and note which one is open.
#include "data/lmdb_transaction.h"

#include <dlfcn.h>

#include <utility>

struct MDB_env;

namespace {

thread_local MDB_txn* open_transaction = nullptr;

// LMDB's own; there is one where libcaffe was built with LMDB, and nobody else calls these.
template <class Function>
Function* Lmdb(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void Forget(const MDB_txn* transaction) {
  if (transaction == open_transaction) open_transaction = nullptr;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int mdb_txn_begin(MDB_env* env, MDB_txn* parent, unsigned flags, MDB_txn** txn) {
  static auto* begin = Lmdb<int(MDB_env*, MDB_txn*, unsigned, MDB_txn**)>("mdb_txn_begin");
  constexpr unsigned kReadOnly = 0x20000;  // MDB_RDONLY
  const int status = begin(env, parent, flags, txn);
  if (status == 0 && parent == nullptr && (flags & kReadOnly) == 0) open_transaction = *txn;
  return status;
}

// Whether it succeeds or not, the transaction has ended.
__attribute__((visibility("default"))) int mdb_txn_commit(MDB_txn* txn) {
  static auto* commit = Lmdb<int(MDB_txn*)>("mdb_txn_commit");
  const int status = commit(txn);
  Forget(txn);
  return status;
}

__attribute__((visibility("default"))) void mdb_txn_abort(MDB_txn* txn) {
  static auto* abort_transaction = Lmdb<void(MDB_txn*)>("mdb_txn_abort");
  abort_transaction(txn);
  Forget(txn);
}

}  // extern "C"

namespace tscaffe {

MDB_txn* TakeLmdbTransaction() { return std::exchange(open_transaction, nullptr); }

void AbortLmdbTransaction(MDB_txn* transaction) { mdb_txn_abort(transaction); }

}  // namespace tscaffe
