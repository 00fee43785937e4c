// One rank of the simulated world.
#pragma once

#include <memory>
#include <vector>

#include "runtime/world.h"
#include "sim/sim_clock.h"
#include "sim/sim_device.h"
#include "sim/sim_transport.h"

namespace rehearse {

class SimWorld : public World {
 public:
  // Made by the rank's main actor.
  SimWorld(int rank, const TaskCosts& costs, Fabric& fabric);

  Clock& clock() override { return clock_; }
  SimDevice& device() override { return device_; }
  Transport& transport() override { return transport_; }
  std::unique_ptr<Signal> make_signal(bool from_main) override;
  // As an actor on this rank's host; join() waits for it.
  void spawn(std::function<void(World&)> body) override;
  void join();

 private:
  // What a background task gets: the same rank on the engine's clock.
  class Background;

  long main_;  // the actor that runs ahead on clock_
  HostClock clock_;
  EngineClock engine_clock_;
  SimDevice device_;
  DeviceEvents device_events_;
  SimTransport transport_;
  std::vector<simgrid::s4u::ActorPtr> tasks_;
};

}  // namespace rehearse
