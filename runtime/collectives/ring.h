// The ring: in each round every rank sends one part to its successor. After P-1 rounds of
// reduce-scatter rank r holds the sum of part (r+1) mod P; P-1 rounds of all-gather pass the sums
// on.
#pragma once

#include "runtime/schedule.h"

namespace rehearse {

class RingPass : public Schedule {
 public:
  enum class Kind { reduce_scatter, all_gather, all_reduce };

  RingPass(Kind kind, int ranks, std::int64_t elements) : Schedule(ranks, elements), kind_(kind) {}

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;

 private:
  Kind kind_;
};

// The part that `rank` of a ring of `ranks` owns after the reduce-scatter.
constexpr int ring_owned_part(int rank, int ranks) { return (rank + 1) % ranks; }

}  // namespace rehearse
