// Time in the simulated world. A background task lives on the engine's clock; the main task of a
// rank runs ahead of it on a host clock of its own, so that launching hundreds of kernels costs no
// events: the engine only sees the moments at which the rank waits for somebody else.
#pragma once

#include "runtime/world/world.h"

namespace rehearse {

class EngineClock : public Clock {
 public:
  Duration now() override;
  void sleep_until(Duration time) override;
};

class HostClock : public Clock {
 public:
  // The later of the engine's time and the time up to which this host is known to be busy.
  Duration now() override;
  void sleep_until(Duration time) override;
  // Lets the engine catch up: afterwards both clocks agree.
  void synchronise();

 private:
  EngineClock engine_;
  Duration ahead_;
};

}  // namespace rehearse
