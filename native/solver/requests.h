// What JavaScript asks of a solver while it runs, to be done between two iterations.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "environment/environment.h"
#include "thread/listeners.h"

namespace tscaffe {

class Requests {
 public:
  // What is answered, made on the JavaScript thread.
  using Answer = std::function<Napi::Value(Napi::Env)>;
  using Work = std::function<Answer()>;

  // On the JavaScript thread.
  void Add(int number, Work work);

  // On the thread that runs the solver: does what was asked for and tells `answered` with the number, and with an error
  // or undefined and the answer. A failure is that request's alone.
  void Serve(Environment& environment, Event& answered);

  // What has not been served when the run is over is void.
  void Forget();

 private:
  struct Request {
    int number;
    Work work;
  };
  std::vector<Request> Take();

  std::atomic<bool> any_{false};
  std::mutex mutex_;  // of what follows
  std::vector<Request> requests_;
};

}  // namespace tscaffe
