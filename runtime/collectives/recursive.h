// All-reduce by exchanges between partners at doubling distance: of everything (recursive doubling)
// or of halves, gathered again on the way back (Rabenseifner).
#pragma once

#include "runtime/collectives/folding.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

class RecursiveDoubling : public Schedule {
 public:
  RecursiveDoubling(int ranks, std::int64_t elements)
      : Schedule(ranks, elements), folding_(ranks) {}

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override { return "recursive doubling"; }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<RecursiveDoubling>(ranks(), elements);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  Folding folding_;
};

class Rabenseifner : public Schedule {
 public:
  Rabenseifner(int ranks, std::int64_t elements) : Schedule(ranks, elements), folding_(ranks) {}

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override { return "Rabenseifner"; }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<Rabenseifner>(ranks(), elements);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  Folding folding_;
};

}  // namespace rehearse
