#pragma once

namespace tscaffe {

// Makes errors of what data layers do not check and the process died of: an empty database of a Data layer, whose first
// record is read without a look whether there is one; a record with fewer values than it says; none or millions of
// prefetched batches; more foreground than windows in a batch of a WindowData layer, which are written behind its
// memory; a context that leaves nothing of its crop; an HDF5 file that cannot be closed; a FIFO, whose opening may wait
// for ever. Once per process, before any net is built.
void GuardDataLayers();

// Throws ERR_CAFFE_THREADS if the system gives LevelDB no thread. It starts its one when it first has something to tidy
// up; where it gets none, it stays locked, and whoever opens a LevelDB next waits for ever.
void RequireLevelDbThread();

}  // namespace tscaffe
