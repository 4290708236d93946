// What a data layer reads its batches from, or a solver its weights, by the field of the prototxt.
#pragma once

#include <cstdint>
#include <string>

#include "caffe/headers.h"

namespace tscaffe {

// Throws ERR_CAFFE_FILE, with the field, the path and the folder that it was looked for in, if there is nothing that
// can be read. Caffe says "mdb_status == 0 (2 vs. 0)" of a database, and "File is empty" of a list.
void RequireSource(const std::string& path, const std::string& field);
// The same of a database: a folder with the file by which its kind is known.
void RequireDatabase(const caffe::DataParameter& parameter);

// Throws ERR_CAFFE_LAYER for none: a batch of nothing has no memory, and Caffe says "data_" of it.
void RequireBatchSize(uint32_t size, const std::string& parameter);

}  // namespace tscaffe
