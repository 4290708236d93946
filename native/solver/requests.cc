#include "solver/requests.h"

#include <boost/thread/exceptions.hpp>
#include <utility>

#include "environment/errors.h"
#include "guard/guard.h"
#include "thread/job_runner.h"

namespace tscaffe {

void Requests::Add(int number, Work work) {
  std::lock_guard<std::mutex> lock(mutex_);
  requests_.push_back({number, std::move(work)});
  any_ = true;
}

std::vector<Requests::Request> Requests::Take() {
  std::lock_guard<std::mutex> lock(mutex_);
  any_ = false;
  return std::exchange(requests_, {});
}

void Requests::Forget() { Take(); }

void Requests::Serve(Environment& environment, Event& answered) {
  if (!any_) return;
  for (auto& request : Take()) {
    Answer answer;
    std::exception_ptr failure;
    std::exception_ptr* thrown = nullptr;  // by JavaScript: in the keeping of the job, let go of on that thread
    try {
      answer = Guard(request.work);
    } catch (const boost::thread_interrupted&) {
      throw;  // a thread that reads batches has failed: so has the run
    } catch (...) {
      failure = std::current_exception();
      if (auto* runner = JobRunner::Current()) thrown = &runner->Thrown();
    }
    answered.Tell([&](Napi::Env env) -> Event::Values {
      auto number = Napi::Number::New(env, request.number);
      if (!failure) return {number, env.Undefined(), answer(env)};
      auto reason = thrown != nullptr && *thrown ? std::exchange(*thrown, nullptr) : failure;
      return {number, Translate(environment, reason).Value()};
    });
  }
}

}  // namespace tscaffe
