// Whether a net, or the solver that it belongs to, is at work: while it is, other calls are refused instead of racing.
#pragma once

#include <thread>

#include "guard/failure.h"

namespace tscaffe {

class Activity {
 public:
  // Throws ERR_CAFFE_BUSY if at work: for what would change a net under the feet of the layer that runs in it.
  void RequireIdle(const char* what) const {
    if (running_) {
      throw CodedError("ERR_CAFFE_BUSY",
                       std::string(what) + ": the net is running; call this when " +
                           (background_ ? "its promise has settled" : "the running call has returned"));
    }
  }

  // Throws ERR_CAFFE_BUSY if Caffe's thread may be writing to the net's memory. A layer's callback may read: the thread
  // is waiting for it.
  void RequireReadable(const char* what) const {
    if (!IsReadable()) {
      throw CodedError("ERR_CAFFE_BUSY",
                       std::string(what) + ": the net is running on its own thread; wait for its promise");
    }
  }

  bool IsReadable() const { return !background_ || callbacks_ > 0; }

  void EnterCallback() { ++callbacks_; }
  void LeaveCallback() { --callbacks_; }

 private:
  friend class RunScope;
  bool running_ = false;
  bool background_ = false;
  int callbacks_ = 0;  // of JavaScript, that Caffe's thread waits for: then the net may be looked at
};

// A run of a net or solver: its duration. `background`: on Caffe's thread.
class RunScope {
 public:
  RunScope(Activity& activity, const char* what, bool background = false) : activity_(activity) {
    activity_.RequireIdle(what);
    activity_.running_ = true;
    activity_.background_ = background;
  }
  ~RunScope() { activity_.running_ = activity_.background_ = false; }
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  Activity& activity_;
};

}  // namespace tscaffe
