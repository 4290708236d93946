// Functions of JavaScript that want to be told of something.
#pragma once

#include <napi.h>

#include <atomic>
#include <map>
#include <vector>

#include "thread/js_thread.h"

namespace tscaffe {

class JsFunctions {
 public:
  explicit JsFunctions(Environment& environment) : environment_(environment) {}

  // The number takes the function back.
  int Add(Napi::Function function) {
    functions_[next_number_] = Napi::Persistent(function);
    count_ = functions_.size();
    return next_number_++;
  }
  void Remove(int number) {
    functions_.erase(number);
    count_ = functions_.size();
  }

  // From any thread.
  bool Empty() const { return count_ == 0; }

  // Calls each with what `argument(env)` makes, on the JavaScript thread, and waits. What one throws ends it.
  template <class Argument>
  void Call(Argument&& argument) {
    OnJsThread(environment_, [&] {
      Napi::HandleScope scope(environment_.Env());
      std::vector<int> numbers;  // a function may remove itself or others
      for (auto& entry : functions_) numbers.push_back(entry.first);
      for (int number : numbers) {
        auto entry = functions_.find(number);
        if (entry != functions_.end()) entry->second.Call({argument(environment_.Env())});
      }
    });
  }

 private:
  Environment& environment_;
  int next_number_ = 0;
  std::map<int, Napi::FunctionReference> functions_;  // touched on the JavaScript thread
  std::atomic<size_t> count_{0};
};

}  // namespace tscaffe
