// Which of a rank's transfers are complete and not yet returned, so that a task that waits for one
// of thousands need not look at all of them.
//
//   Completions completions;               // of the rank
//   completions.add(transfer);             // by the engine, when it is complete
//   completions.first_of(transfers);       // by a task: blocks until one of its list is complete
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
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
  // first that is. `is_complete` says it of one. Tasks of a rank wait for lists of their own.
  template <class IsComplete>
  std::size_t first_of(std::span<const std::unique_ptr<Transfer>> transfers,
                       const IsComplete& is_complete) {
    for (;;) {
      const std::optional<std::size_t> found =
          complete_.size() < kFew ? find_few(transfers) : find_among_many(transfers, is_complete);
      if (found) return *found;
      wait();
    }
  }

 private:
  // So many are looked up one by one; if there are more, one of them is found early in the list.
  static constexpr std::size_t kFew = 8;

  [[nodiscard]] std::optional<std::size_t> find_few(
      std::span<const std::unique_ptr<Transfer>> transfers) const;
  template <class IsComplete>
  [[nodiscard]] std::optional<std::size_t> find_among_many(
      std::span<const std::unique_ptr<Transfer>> transfers, const IsComplete& is_complete) const {
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (transfers[i] && is_complete(*transfers[i])) return i;
    }
    return {};
  }
  // Until something is added.
  void wait();

  std::vector<const Transfer*> complete_;  // in the order of their ends
  std::vector<simgrid::s4u::SemaphorePtr> waiting_;
};

}  // namespace rehearse
