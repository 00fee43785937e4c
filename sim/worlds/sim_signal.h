// A Signal in the simulated world. The producer may run ahead of the engine: every raise carries
// the time at which it happens, and the consumer does not see it earlier. A consumer waits at a
// semaphore. It is not suspended: SimGrid holds back the messages that a suspended actor has sent,
// and for ever those that nobody at the sender waits for (Carrier::send_early).
#pragma once

#include <functional>
#include <simgrid/s4u/Semaphore.hpp>
#include <vector>

#include "runtime/world/world.h"

namespace rehearse {

class SimSignal : public Signal {
 public:
  // `woken` is called by a consumer that had to wait.
  SimSignal(Clock& producer, std::function<void()> woken)
      : producer_(producer), woken_(std::move(woken)) {}

  void raise() override;
  std::int64_t wait_above(std::int64_t level) override;
  std::int64_t count() override;

 private:
  Clock& producer_;
  std::function<void()> woken_;
  std::int64_t passed_ = 0;    // raises that the consumer has waited beyond
  std::vector<double> times_;  // of the raises after those, ascending
  bool waiting_ = false;       // the consumer, for the next raise
  simgrid::s4u::SemaphorePtr raised_ = simgrid::s4u::Semaphore::create(0);
};

}  // namespace rehearse
