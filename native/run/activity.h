// Whether a net, or the solver that it belongs to, is at work: while it is, other calls are refused instead of racing.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "guard/failure.h"
#include "run/transfer_scope.h"

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

  bool IsRunning() const { return running_; }
  bool IsReadable() const { return !background_ || callbacks_ > 0; }

  // Makes a change that must not fall into an iteration: at once, or while Caffe's thread is at work, when it next
  // calls MakeAdjustments. It must not fail.
  void Adjust(std::function<void()> change) {
    if (IsReadable()) {
      MakeAdjustments();  // those asked for before
      change();
      return;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    adjustments_.push_back(std::move(change));
    asked_ = true;
  }

  // Between two iterations, on the thread that runs them, and when the run is over.
  void MakeAdjustments() {
    if (!asked_) return;
    std::vector<std::function<void()>> changes;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      changes.swap(adjustments_);
      asked_ = false;
    }
    for (auto& change : changes) change();
  }

  // JavaScript has given this blob of the net other memory. Whether others have followed it.
  bool TellOfMemory(const void* blob) const {
    bool moved = false;
    for (auto* watch : memory_watches_) moved = (*watch)(blob) || moved;
    return moved;
  }

  void EnterCallback() { ++callbacks_; }
  void LeaveCallback() { --callbacks_; }

 private:
  friend class RunScope;
  friend class MemoryWatch;
  bool running_ = false;
  bool background_ = false;
  int callbacks_ = 0;  // of JavaScript, that Caffe's thread waits for: then the net may be looked at

  std::atomic<bool> asked_{false};
  std::mutex mutex_;  // of what follows
  std::vector<std::function<void()>> adjustments_;

  std::vector<const std::function<bool(const void* blob)>*> memory_watches_;
};

// As long as it lives, is told of each blob of the net that JavaScript gives other memory: see TellOfMemory.
class MemoryWatch {
 public:
  MemoryWatch(std::shared_ptr<Activity> activity, std::function<bool(const void* blob)> tell)
      : activity_(std::move(activity)), tell_(std::move(tell)) {
    activity_->memory_watches_.push_back(&tell_);
  }
  ~MemoryWatch() {
    auto& watches = activity_->memory_watches_;
    watches.erase(std::find(watches.begin(), watches.end(), &tell_));
  }
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

 private:
  const std::shared_ptr<Activity> activity_;
  const std::function<bool(const void* blob)> tell_;
};

// A run of a net or solver: its duration. `background`: on Caffe's thread.
class RunScope {
 public:
  RunScope(Activity& activity, const char* what, bool background = false) : activity_(activity) {
    activity_.RequireIdle(what);
    activity_.running_ = true;
    activity_.background_ = background;
    if (!background) transfers_.emplace(&activity);
  }
  ~RunScope() {
    activity_.running_ = activity_.background_ = false;
    activity_.MakeAdjustments();
  }
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  Activity& activity_;
  std::optional<TransferScope> transfers_;
};

}  // namespace tscaffe
