// Caffe's mode on this thread, for a while.
#pragma once

#include "caffe/headers.h"

namespace tscaffe {

class ModeScope {
 public:
  explicit ModeScope(caffe::Caffe::Brew mode) : outer_(caffe::Caffe::mode()) { caffe::Caffe::set_mode(mode); }
  ~ModeScope() { caffe::Caffe::set_mode(outer_); }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  const caffe::Caffe::Brew outer_;
};

}  // namespace tscaffe
