// The world a training program runs in: a clock, a device, a transport and background tasks. The
// same program runs in the simulated world (sim: virtual clock, no arithmetic) and in real ones (in
// memory for tests; MPI), and cannot tell which.
//
// A World belongs to one rank. Its methods are called by the rank's main task, except through the
// World that `spawn` hands to a background task.
#pragma once

#include <functional>
#include <memory>

#include "runtime/world/clock.h"
#include "runtime/world/device.h"
#include "runtime/world/signal.h"
#include "runtime/world/transport.h"

namespace rehearse {

class World {
 public:
  virtual ~World() = default;
  virtual Clock& clock() = 0;
  virtual Device& device() = 0;
  virtual Transport& transport() = 0;

  // A signal from the main task to a background task (or back): `from_main` names the producer.
  virtual std::unique_ptr<Signal> make_signal(bool from_main) = 0;
  // Runs `body` as a second task of this rank; the World given to it is valid until it returns.
  virtual void spawn(std::function<void(World&)> body) = 0;
};

}  // namespace rehearse
