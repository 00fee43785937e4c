// Actors that wait for one another, as at a barrier: all go on when the last has come, in the order
// in which they came. One call of the engine wakes all of them.
#pragma once

#include <cstddef>
#include <simgrid/s4u/Barrier.hpp>
#include <vector>

namespace rehearse {

class Gathering {
 public:
  // `suspends`: those who wait may be suspended, which is faster; not where they have messages of
  // SimGrid under way (sim/network/mailbox_carrier.h). REQUIRES: actors > 0.
  Gathering(int actors, bool suspends);

  // Called by an actor: blocks until all have come. May be used again at once.
  void wait();

  // In place of an actor that is suspended, and goes on with the others; whether it was the last.
  // Not called by an actor. REQUIRES: suspends.
  bool come(simgrid::s4u::Actor* suspended);

 private:
  void wake();

  std::size_t actors_;
  simgrid::s4u::BarrierPtr barrier_;  // where nobody may be suspended
  std::vector<simgrid::s4u::Actor*> waiting_;
};

}  // namespace rehearse
