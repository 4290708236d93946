#include "data/checked_cursor.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <boost/thread/thread.hpp>
#include <cstdint>
#include <utility>

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

}  // namespace

CheckedCursor::CheckedCursor(boost::shared_ptr<caffe::db::Cursor> cursor) : cursor_(std::move(cursor)) {}

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

}  // namespace tscaffe
