// The ring: in each round every rank sends one part to its successor. After P-1 rounds of
// reduce-scatter rank r owns the sum of one part; P-1 rounds of all-gather pass on what each owns.
#pragma once

#include "runtime/collectives/schedule.h"

namespace rehearse {

class RingPass : public Schedule {
 public:
  enum class Kind { reduce_scatter, all_gather, all_reduce };

  // Rank r owns part (r + shift) mod P; by default ring_owned_part, with which a reduce-scatter
  // begins with a rank's own number.
  RingPass(Kind kind, int ranks, std::int64_t elements, int shift = 1)
      : Schedule(ranks, elements), kind_(kind), shift_(shift) {}

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  // An all-gather brings one part to the host and fetches the others, a reduce-scatter brings all
  // and fetches one: the mean of both ways.
  [[nodiscard]] std::int64_t staged(int rank) const override;

 private:
  // The size of the part `steps` behind the one that `rank` owns.
  [[nodiscard]] std::int64_t part_size(int rank, int steps) const;

  Kind kind_;
  int shift_;
};

// The part that `rank` of a ring of `ranks` owns after the reduce-scatter.
constexpr int ring_owned_part(int rank, int ranks) { return (rank + 1) % ranks; }

}  // namespace rehearse
