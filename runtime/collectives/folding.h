// Shared by the algorithms that want a power of two: of P = 2^k + rest ranks the first 2 rest pair
// up; the even one of a pair hands its data to the odd one and waits for the result.
#pragma once

#include <bit>
#include <vector>

#include "runtime/collectives/schedule.h"

namespace rehearse {

class Folding {
 public:
  explicit Folding(int ranks)
      : core_(static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks)))),
        rest_(ranks - core_) {}

  [[nodiscard]] int core_ranks() const { return core_; }
  [[nodiscard]] int core_rounds() const { return std::bit_width(static_cast<unsigned>(core_)) - 1; }
  [[nodiscard]] bool folds() const { return rest_ > 0; }

  // The rank within the core, or -1 for a rank that sits out.
  [[nodiscard]] int to_core(int rank) const {
    if (rank >= 2 * rest_) return rank - rest_;
    return rank % 2 == 1 ? rank / 2 : -1;
  }
  [[nodiscard]] int from_core(int core_rank) const {
    return core_rank < rest_ ? 2 * core_rank + 1 : core_rank + rest_;
  }

  void fold(int rank, std::int64_t elements, std::vector<Action>& out) const {
    if (rank >= 2 * rest_) return;
    if (rank % 2 == 0) {
      out.push_back({Action::Kind::send, rank + 1, 0, elements});
    } else {
      out.push_back({Action::Kind::receive_add, rank - 1, 0, elements});
    }
  }
  void unfold(int rank, std::int64_t elements, std::vector<Action>& out) const {
    if (rank >= 2 * rest_) return;
    if (rank % 2 == 0) {
      out.push_back({Action::Kind::receive, rank + 1, 0, elements});
    } else {
      out.push_back({Action::Kind::send, rank - 1, 0, elements});
    }
  }

 private:
  int core_;
  int rest_;
};

}  // namespace rehearse
