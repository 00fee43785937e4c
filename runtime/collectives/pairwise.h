// All-to-all in place: in each round the ranks pair up, and the two of a pair exchange the parts
// that they hold for each other.
//
// Who meets whom is a round-robin tournament by the circle method: among the m ranks of an odd
// number, r meets (round - r) mod m, and the one who would meet itself sits out; a further rank
// plays with that one.
#pragma once

#include "runtime/schedule.h"

namespace rehearse {

class PairwiseExchange : public Schedule {
 public:
  // REQUIRES: ranks divides elements.
  PairwiseExchange(int ranks, std::int64_t elements) : Schedule(ranks, elements) {}

  [[nodiscard]] int rounds() const override { return ranks() == 1 ? 0 : circle(); }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  // Everything but a rank's own part.
  [[nodiscard]] std::int64_t staged(int) const override {
    return elements() - elements() / ranks();
  }

 private:
  [[nodiscard]] int circle() const { return ranks() % 2 == 1 ? ranks() : ranks() - 1; }
  [[nodiscard]] int partner(int rank, int round) const;
};

}  // namespace rehearse
