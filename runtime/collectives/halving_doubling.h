// All-reduce by recursive halving and doubling in binary blocks (Rabenseifner, Traeff, "More
// efficient reduction algorithms for non-power-of-two number of processors", EuroPVM/MPI 2004;
// Thakur, Rabenseifner, Gropp 2005; Gloo's allreduce_halving_doubling).
//
// The ranks are cut into blocks, one for each bit of their number, the largest first. Every block
// halves on its own; then each block but the largest hands its sums up to the next larger one,
// whose ranks hold sub-ranges of a rank's range. Doubling is the same backwards, with sums instead
// of terms. For a power of two this is Rabenseifner's algorithm; other numbers cost two more
// rounds, in which a rank of a small block sends its range in pieces.
#pragma once

#include <vector>

#include "runtime/collectives/schedule.h"

namespace rehearse {

class HalvingDoubling : public Schedule {
 public:
  HalvingDoubling(int ranks, std::int64_t elements);

  [[nodiscard]] int rounds() const override { return 2 * reducing_rounds(); }
  [[nodiscard]] std::string kind() const override { return "halving and doubling"; }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<HalvingDoubling>(ranks(), elements);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  struct Block {
    int first;   // rank
    int levels;  // lg of its size
  };

  // Until the largest block holds all sums.
  [[nodiscard]] int reducing_rounds() const;
  void reduce(int rank, int round, std::vector<Action>& out) const;

  std::vector<Block> blocks_;  // descending
};

}  // namespace rehearse
