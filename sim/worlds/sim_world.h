// One rank of the simulated world.
//
// Where its tasks share a core, the waiting of a background task interrupts what the main task runs
// there: each time by what going to sleep and waking up cost (TaskCosts::wake_up), and while it
// polls for messages by what runtime/worlds/polling.h says. The waiting task itself is not delayed.
#pragma once

#include <functional>
#include <memory>
#include <simgrid/s4u/Actor.hpp>
#include <vector>

#include "runtime/world/world.h"
#include "sim/engine/sim_clock.h"
#include "sim/worlds/sim_device.h"

namespace rehearse {

// What a transport must be told: the training step of its rank, how to let the engine catch up
// before it enters it, and whom to tell that the calling task has waited for messages.
struct RankHooks {
  std::function<std::int64_t()> step;
  std::function<void()> synchronise;
  std::function<void(Duration)> waited;
};

class SimWorld : public World {
 public:
  using Connect = std::function<std::unique_ptr<Transport>(RankHooks)>;

  // Made by the rank's main actor. Borrows costs and noise; `connect` makes the transport.
  // `computation`: of an emulated rank, or null.
  SimWorld(int rank, const TaskCosts& costs, const StepNoise& noise, const Connect& connect,
           Computation* computation = nullptr);

  Clock& clock() override { return clock_; }
  SimDevice& device() override { return device_; }
  Transport& transport() override { return *transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override;
  // As an actor on this rank's host; join() waits for it.
  void spawn(std::function<void(World&)> body) override;
  void join();

 private:
  // What a background task gets: the same rank on the engine's clock.
  class Background;
  class WakingClock;

  [[nodiscard]] bool in_main() const;
  void woken(int times);
  void waited(Duration time);

  long main_;  // the actor that runs ahead on clock_
  HostClock clock_;
  std::unique_ptr<Clock> background_clock_;
  Duration wake_up_;
  SimDevice device_;
  DeviceEvents device_events_;
  std::unique_ptr<Transport> transport_;
  std::vector<simgrid::s4u::ActorPtr> tasks_;
};

}  // namespace rehearse
