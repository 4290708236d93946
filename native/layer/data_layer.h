#pragma once

namespace tscaffe {

// Makes an empty database of a Data layer an error: the layer reads the first record without asking whether there is
// one, and the process died of it. Once per process, before any net is built.
void CheckDatabases();

}  // namespace tscaffe
