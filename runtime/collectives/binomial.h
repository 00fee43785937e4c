// Binomial trees with root 0: in round k of a broadcast every rank below 2^k sends to the rank 2^k
// above it; a reduce is the same tree backwards.
#pragma once

#include "runtime/collectives/schedule.h"

namespace rehearse {

class BinomialTree : public Schedule {
 public:
  enum class Kind { broadcast, reduce, all_reduce };  // all_reduce = reduce, then broadcast

  BinomialTree(Kind kind, int ranks, std::int64_t elements)
      : Schedule(ranks, elements), kind_(kind) {}

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<BinomialTree>(kind_, ranks(), elements);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  [[nodiscard]] int levels() const;

  Kind kind_;
};

}  // namespace rehearse
