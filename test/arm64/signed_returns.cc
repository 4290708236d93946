// The guard's way out of a failing function (native/guard/caller.h) in a program whose return addresses are signed and
// whose jumps are checked (-mbranch-protection=standard), as other systems build theirs. Ends with 0 if each of 1,000
// failures arrives in the caller with the caller's registers, its destructors run.
#include <glog/logging.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "guard/caller.h"

namespace tscaffe {
void ArriveInCaller() { throw std::runtime_error("arrived"); }
}  // namespace tscaffe

// Outside of the unnamed namespace, since a destructor is known by its exported name.
struct FailsInDestructor {
  __attribute__((noipa)) ~FailsInDestructor() noexcept(false) {
    CHECK(false) << "as it should";
    std::abort();
  }
};

namespace {

using tscaffe::Failing;

int left = 0;  // functions whose destructors have run

struct Local {
  ~Local() { ++left; }
};

void OnCheckFailure() {
  ReturnFromDestructor(Failing::CHECK);
  ContinueInCaller(Failing::CHECK);
}

void OnSignal(int) { ContinueInCaller(Failing::INSTRUCTION); }

// The compiler must not see that they cannot throw: noipa.
__attribute__((noipa)) void FailCheck() { CHECK(false) << "as it should"; }
__attribute__((noipa)) void FailInstruction() { *static_cast<volatile int*>(nullptr) = 1; }

// Eight numbers of each kind are alive across the call, which fills the registers that it must keep.
__attribute__((noipa)) bool KeepsRegisters(void (*fail)(), std::array<long, 8> n, std::array<double, 8> x) {
  const Local local;
  auto [a, b, c, d, e, f, g, h] = n;
  auto [p, q, r, s, t, u, v, w] = x;
  asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
  asm volatile("" : "+w"(p), "+w"(q), "+w"(r), "+w"(s), "+w"(t), "+w"(u), "+w"(v), "+w"(w));
  try {
    fail();
  } catch (const std::runtime_error&) {
    return std::array<long, 8>{a, b, c, d, e, f, g, h} == n && std::array<double, 8>{p, q, r, s, t, u, v, w} == x;
  }
  return false;
}

__attribute__((noipa)) void Pass(void (*fail)()) {
  const Local local;
  fail();
}

bool Passes(void (*fail)()) {
  try {
    Pass(fail);
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

}  // namespace

int main(int, char** arguments) {
  FLAGS_minloglevel = google::FATAL;
  google::InitGoogleLogging(arguments[0]);
  google::InstallFailureFunction(reinterpret_cast<void (*)()>(&OnCheckFailure));
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  action.sa_flags = SA_NODEFER;
  sigaction(SIGSEGV, &action, nullptr);
  constexpr int kTimes = 1000;
  for (int i = 0; i < kTimes; ++i) {
    for (auto* fail : {&FailCheck, &FailInstruction}) {
      if (!KeepsRegisters(fail, {i, 2, 3, 4, 5, 6, 7, 8}, {i + .5, 2, 3, 4, 5, 6, 7, 8}) || !Passes(fail)) return 1;
    }
  }
  if (left != 4 * kTimes) return 2;
  const FailsInDestructor last;
  return 0;
}
