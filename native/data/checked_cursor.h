#pragma once

#include <string>

#include "caffe/headers.h"

namespace tscaffe {

// A cursor that looks at each Datum before a Data layer does: the layer believes the sizes that a Datum gives, and
// reads behind its values if there are fewer. Such a record fails as a CHECK does.
class CheckedCursor : public caffe::db::Cursor {
 public:
  explicit CheckedCursor(boost::shared_ptr<caffe::db::Cursor> cursor);
  void SeekToFirst() override { cursor_->SeekToFirst(); }
  void Next() override;
  std::string key() override { return cursor_->key(); }
  std::string value() override;
  bool valid() override { return cursor_->valid(); }

 private:
  const boost::shared_ptr<caffe::db::Cursor> cursor_;
};

}  // namespace tscaffe
