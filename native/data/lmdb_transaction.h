#pragma once

struct MDB_txn;

namespace tscaffe {

// The write transaction of LMDB that is open on this thread, which is then no longer noted; null if there is none.
MDB_txn* TakeLmdbTransaction();

// Ends it, without what was put.
void AbortLmdbTransaction(MDB_txn* transaction);

}  // namespace tscaffe
