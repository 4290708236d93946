#include "data/data_layers.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <boost/thread/thread.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include "caffe/headers.h"
#include "data/hdf5_layer.h"
#include "data/source.h"
#include "file/special.h"
#include "guard/failure.h"
#include "guard/place.h"
#include "guard/threads.h"
#include "layer/registry.h"

namespace tscaffe {

namespace {

using caffe::Datum;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

struct Sizes {
  int64_t elements = 1, bytes = 0, floats = 0;
  bool encoded = false;
};

// The sizes alone: to parse the whole would copy each image once more.
Sizes SizesOf(const std::string& record) {
  Sizes sizes;
  uint32_t channels = 0, height = 0, width = 0, number = 0;
  CodedInputStream coded(reinterpret_cast<const uint8_t*>(record.data()), static_cast<int>(record.size()));
  while (const uint32_t tag = coded.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_VARINT) {
      if (!coded.ReadVarint32(&number)) break;
      if (field == Datum::kChannelsFieldNumber) channels = number;
      if (field == Datum::kHeightFieldNumber) height = number;
      if (field == Datum::kWidthFieldNumber) width = number;
      if (field == Datum::kEncodedFieldNumber) sizes.encoded = number != 0;
    } else if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!coded.ReadVarint32(&number) || !coded.Skip(static_cast<int>(number))) break;
      if (field == Datum::kDataFieldNumber) sizes.bytes = number;
      if (field == Datum::kFloatDataFieldNumber) sizes.floats += number / 4;
    } else {
      if (field == Datum::kFloatDataFieldNumber) ++sizes.floats;
      if (!WireFormatLite::SkipField(&coded, tag)) break;
    }
  }
  sizes.elements = static_cast<int64_t>(static_cast<int32_t>(channels)) * static_cast<int32_t>(height);
  // Beyond what any record holds, so that the product stays in range.
  if (sizes.elements > INT32_MAX || sizes.elements < 0) sizes.elements = INT32_MAX;
  sizes.elements *= static_cast<int32_t>(width);
  return sizes;
}

// A function of its own: what fails must not be the caller of the cursor.
__attribute__((noinline)) void RequireValues(const std::string& key, const Sizes& sizes) {
  const int64_t values = sizes.bytes > 0 ? sizes.bytes : sizes.floats;
  CHECK_GE(values, sizes.elements) << "the record \"" << key << "\" holds fewer values than its Datum's shape says";
}

// A cursor that looks at each Datum before a Data layer does: the layer believes the sizes that a Datum gives, and
// reads behind its values if there are fewer. Such a record fails as a CHECK does.
class CheckedCursor : public caffe::db::Cursor {
 public:
  explicit CheckedCursor(boost::shared_ptr<caffe::db::Cursor> cursor) : cursor_(std::move(cursor)) {}
  void SeekToFirst() override { cursor_->SeekToFirst(); }
  void Next() override;
  std::string key() override { return cursor_->key(); }
  std::string value() override;
  bool valid() override { return cursor_->valid(); }

 private:
  const boost::shared_ptr<caffe::db::Cursor> cursor_;
};

// With a solver count of thousand millions the layer passes over as many records before it keeps one. Its thread can be
// told to end in between, which Caffe only does between two batches: until then, to dispose the net would wait.
void CheckedCursor::Next() {
  boost::this_thread::interruption_point();
  cursor_->Next();
}

std::string CheckedCursor::value() {
  std::string record = cursor_->value();
  const Sizes sizes = SizesOf(record);
  if (!sizes.encoded) RequireValues(cursor_->key(), sizes);
  return record;
}

// Whatever the list says, Caffe reads images in colour; but its top has the channels that the list says.
constexpr int kChannels = 3;

bool SkipWindows(std::istream& list, int count) {
  int label;
  float overlap;
  int corners[4];
  for (int i = 0; i < count; ++i) {
    if (!(list >> label >> overlap >> corners[0] >> corners[1] >> corners[2] >> corners[3])) return false;
  }
  return true;
}

// Throws for a list of images and windows after which Caffe would write beyond its memory, or read windows without end.
void RequireWindowFile(const caffe::WindowDataParameter& parameter) {
  RequireSource(parameter.source(), "window_data_param.source");
  std::ifstream list(parameter.source());
  std::string hash, path;
  int index, images = 0, largest = 0;
  while (list >> hash >> index) {
    int channels = 0, height = 0, width = 0, windows = 0;
    const bool has_head = !(list >> path >> channels >> height >> width >> windows).fail();
    const std::string image = parameter.source() + ": image " + std::to_string(index) + " (" + path + ")";
    if (!has_head) {
      throw CodedError("ERR_CAFFE_FORMAT",
                       image + ": expected a path, then channels, height, width and a number of windows",
                       CurrentPlace());
    }
    if (channels != kChannels) {
      throw CodedError("ERR_CAFFE_FORMAT",
                       image + ": expected 3 channels, since WindowData reads images in colour, but it says " +
                           std::to_string(channels),
                       CurrentPlace());
    }
    if (!SkipWindows(list, windows)) {
      throw CodedError(
          "ERR_CAFFE_FORMAT",
          image + ": expected " + std::to_string(windows) + " windows, a label, an overlap and x1, y1, x2, y2 each",
          CurrentPlace());
    }
    // A window finds its image by this number.
    if (index < 0) throw CodedError("ERR_CAFFE_FORMAT", image + ": images are numbered from 0 on", CurrentPlace());
    RequireReadable(parameter.root_folder() + path, CurrentPlace());
    largest = std::max(largest, index);
    ++images;
  }
  if (images > 0 && largest >= images) {
    throw CodedError("ERR_CAFFE_FORMAT",
                     parameter.source() + ": has " + std::to_string(images) +
                         " images, numbered from 0 on, but one says # " + std::to_string(largest),
                     CurrentPlace());
  }
}

// The cursor is a protected member; see solver/solver_access.h.
struct Access : caffe::DataLayer<float> {
  static boost::shared_ptr<caffe::db::Cursor>& Cursor(caffe::DataLayer<float>& layer) {
    return layer.*(&Access::cursor_);
  }
};

// Of every layer with a thread that reads batches, whatever its type. Of none the layer reads the first all the same;
// of four thousand million it makes one after another until the memory is full.
void RequirePrefetch(const caffe::LayerParameter& parameter) {
  constexpr uint32_t kMost = 1000;
  const uint32_t prefetch = parameter.data_param().prefetch();
  if (prefetch >= 1 && prefetch <= kMost) return;
  throw CodedError("ERR_CAFFE_LAYER", "data_param.prefetch must be from 1 to 1000, but is " + std::to_string(prefetch),
                   CurrentPlace());
}

// LMDB's failures name no path: "mdb_status == 0 (-30793 vs. 0) MDB_INVALID: File is not an LMDB file".
LayerPointer OpeningDatabase(const caffe::LayerParameter& parameter, const NextLink& next) {
  try {
    return next(parameter);
  } catch (const CheckFailure& failure) {
    if (failure.file.rfind("db_lmdb", 0) != 0) throw;
    throw CheckFailure(failure, parameter.data_param().source());
  }
}

LayerPointer CreateData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  RequireDatabase(parameter.data_param());
  RequireBatchSize(parameter.data_param().batch_size(), "data_param");
  if (parameter.data_param().backend() == caffe::DataParameter::LEVELDB) RequireLevelDbThread();
  LayerPointer layer = OpeningDatabase(parameter, next);
  auto* data = dynamic_cast<caffe::DataLayer<float>*>(layer.get());
  if (data == nullptr) return layer;
  auto& cursor = Access::Cursor(*data);
  if (!cursor->valid()) {
    throw CodedError("ERR_CAFFE_FILE", "the database " + parameter.data_param().source() + " is empty", CurrentPlace());
  }
  cursor = boost::make_shared<CheckedCursor>(cursor);
  return layer;
}

// The images themselves are looked at as they are read: see image_file.cc.
LayerPointer CreateImageData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  const std::string& source = parameter.image_data_param().source();
  RequireSource(source, "image_data_param.source");
  RequireBatchSize(parameter.image_data_param().batch_size(), "image_data_param");
  std::ifstream list(source);
  if (list.peek() == std::ifstream::traits_type::eof()) {
    throw CodedError("ERR_CAFFE_FILE", "image_data_param.source: \"" + source + "\" is empty", CurrentPlace());
  }
  return next(parameter);
}

LayerPointer CreateWindowData(const caffe::LayerParameter& parameter, const NextLink& next) {
  RequirePrefetch(parameter);
  const float fraction = parameter.window_data_param().fg_fraction();
  if (!(fraction >= 0 && fraction <= 1)) {
    throw CodedError("ERR_CAFFE_LAYER", "fg_fraction must be from 0 to 1, but is " + std::to_string(fraction),
                     CurrentPlace());
  }
  const uint64_t pad = parameter.window_data_param().context_pad();
  const uint64_t crop = parameter.transform_param().crop_size();
  if (pad > 0 && crop <= 2 * pad) {  // nothing is left for the window, and Caffe divides by that
    throw CodedError("ERR_CAFFE_LAYER",
                     "context_pad must be less than half of crop_size, but is " + std::to_string(pad) + " of " +
                         std::to_string(crop),
                     CurrentPlace());
  }
  RequireWindowFile(parameter.window_data_param());
  RequireBatchSize(parameter.window_data_param().batch_size(), "window_data_param");
  return next(parameter);
}

LayerPointer CreateHdf5Data(const caffe::LayerParameter& parameter, const NextLink& next) {
  const std::string& source = parameter.hdf5_data_param().source();
  RequireSource(source, "hdf5_data_param.source");
  RequireBatchSize(parameter.hdf5_data_param().batch_size(), "hdf5_data_param");
  std::ifstream list(source);
  std::string path;
  while (list >> path) RequireReadable(path, CurrentPlace());
  return LockedHdf5Layer(parameter, next(parameter));
}

LayerPointer CreateHdf5Output(const caffe::LayerParameter& parameter, const NextLink& next) {
  RegularPlaceOf(parameter.hdf5_output_param().file_name(), CurrentPlace());
  return LockedHdf5Layer(parameter, next(parameter));
}

}  // namespace

void RequireLevelDbThread() { RequireThreads(1, "LevelDB cannot start its thread"); }

void GuardDataLayers() {
  Decorate("Data", Link::GUARD, &CreateData);
  Decorate("ImageData", Link::GUARD, &CreateImageData);
  Decorate("WindowData", Link::GUARD, &CreateWindowData);
  Decorate("HDF5Data", Link::GUARD, &CreateHdf5Data);
  Decorate("HDF5Output", Link::GUARD, &CreateHdf5Output);
}

}  // namespace tscaffe
