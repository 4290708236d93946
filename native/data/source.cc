#include "data/source.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "file/special.h"
#include "guard/diagnosis.h"
#include "guard/failure.h"
#include "guard/place.h"

namespace tscaffe {

namespace {

void RequireThere(const std::string& path, const std::string& field) {
  if (path.empty()) throw CodedError("ERR_CAFFE_FILE", field + " is not there", CurrentPlace());
  if (access(path.c_str(), R_OK) == 0) return;
  const std::string why = std::generic_category().message(errno);
  throw CodedError("ERR_CAFFE_FILE", field + ": cannot read \"" + path + "\": " + why + LookedForIn(path),
                   CurrentPlace());
}

}  // namespace

void RequireSource(const std::string& path, const std::string& field) {
  RequireReadable(path, CurrentPlace());
  RequireThere(path, field);
}

void RequireDatabase(const caffe::DataParameter& parameter) {
  const bool is_leveldb = parameter.backend() == caffe::DataParameter::LEVELDB;
  RequireReadableFolder(parameter.source(), CurrentPlace());
  RequireThere(parameter.source(), "data_param.source");
  RequireThere(parameter.source() + (is_leveldb ? "/CURRENT" : "/data.mdb"), "data_param.source");
}

void RequireBatchSize(uint32_t size, const std::string& parameter) {
  if (size > 0) return;
  throw CodedError("ERR_CAFFE_LAYER", parameter + ".batch_size: expected at least 1, but it is 0 or not there",
                   CurrentPlace());
}

}  // namespace tscaffe
