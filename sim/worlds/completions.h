// Which of a rank's transfers are complete and not yet returned, so that a task that waits for one
// of thousands need not look at all of them.
//
//   Completions completions;               // of the rank
//   completions.add(transfer);             // by the engine, when it is complete
//   completions.first_of(transfers);       // by a task: blocks until one of its list is complete
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <simgrid/s4u.hpp>
#include <span>
#include <vector>

#include "runtime/world/transport.h"

namespace rehearse {

class Completions {
 public:
  // Callable outside of actors. REQUIRES: `transfer` is not there; it is removed before it dies.
  void add(const Transfer& transfer);
  // Of one that is there or not.
  void remove(const Transfer& transfer);

  // Blocks the calling actor until one of the transfers is complete, and returns the place of the
  // one that has been so for longest. Tasks of a rank wait for lists of their own.
  std::size_t first_of(std::span<const std::unique_ptr<Transfer>> transfers);

 private:
  // Until something is added.
  void wait();

  std::deque<const Transfer*> complete_;  // in the order of their ends
  std::vector<simgrid::s4u::SemaphorePtr> waiting_;
};

}  // namespace rehearse
