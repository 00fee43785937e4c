// All-reduce by exchanges between partners at doubling distance: of everything (recursive doubling)
// or of halves, gathered again on the way back (Rabenseifner).
#pragma once

#include "runtime/collectives/folding.h"
#include "runtime/schedule.h"

namespace rehearse {

class RecursiveDoubling : public Schedule {
 public:
  RecursiveDoubling(int ranks, std::int64_t elements)
      : Schedule(ranks, elements), folding_(ranks) {}

  [[nodiscard]] int rounds() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  Folding folding_;
};

class Rabenseifner : public Schedule {
 public:
  Rabenseifner(int ranks, std::int64_t elements) : Schedule(ranks, elements), folding_(ranks) {}

  [[nodiscard]] int rounds() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  Folding folding_;
};

}  // namespace rehearse
