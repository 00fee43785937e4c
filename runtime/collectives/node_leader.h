// All-reduce through one leader per node, as Caffe2 did it with NCCL inside the servers and Gloo
// between them (Goyal et al., arXiv:1706.02677, section 4.1): the ranks of a node sum into one
// buffer, the leaders all-reduce it by halving and doubling, and each leader broadcasts the result.
//
// Both local stages are the usual ones for long messages (Thakur, Rabenseifner, Gropp 2005):
// reduce-scatter on a ring and a gather; scatter and all-gather on a ring. A leader moves
// 2 (L-1)/L n in each, between the n of a pipelined chain and the lg L n of a tree. Ranks of a node
// are consecutive, the first one leads.
#pragma once

#include <vector>

#include "runtime/collectives/halving_doubling.h"
#include "runtime/collectives/ring.h"

namespace rehearse {

class NodeLeader : public Schedule {
 public:
  // REQUIRES: ranks_per_node divides ranks.
  NodeLeader(int ranks, std::int64_t elements, int ranks_per_node);

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override {
    return "node leader of " + std::to_string(local_);
  }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<NodeLeader>(ranks(), elements, local_);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  [[nodiscard]] std::int64_t staged(int rank) const override;

 private:
  // Collects the parts of the node at its leader, or hands them out.
  void between_leader_and_node(int local_rank, bool to_leader, std::vector<Action>& out) const;

  int local_;
  RingPass scatter_;
  RingPass gather_;
  HalvingDoubling across_;
};

}  // namespace rehearse
