// The stages of an all-reduce that stay inside the nodes: a reduce-scatter or an all-gather on a
// ring in every node at once. Ranks of a node are consecutive.
//
//   reduce-scatter or all-gather among the L of a node    (L-1) a + (L-1)/L n b
#pragma once

#include "runtime/collectives/halving.h"
#include "runtime/collectives/ring.h"

namespace rehearse {

class InNodes : public Schedule {
 public:
  // REQUIRES: ranks_per_node divides ranks.
  InNodes(RingPass::Kind kind, int ranks, std::int64_t elements, int ranks_per_node);

  [[nodiscard]] int rounds() const override { return pass_.rounds(); }
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override { return pass_.phases(); }
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  [[nodiscard]] std::int64_t staged(int) const override { return 0; }

 private:
  RingPass::Kind kind_;
  int local_;
  RingPass pass_;
};

// The elements whose sum over the node `rank` holds after the reduce-scatter.
ElementRange owned_in_node(std::int64_t elements, int rank, int ranks_per_node);

}  // namespace rehearse
