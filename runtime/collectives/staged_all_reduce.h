// All-reduce of one slice in three stages: the ranks of a node sum, each one part; the ranks of
// equal place in their nodes sum their part over the nodes; the ranks of a node hand out the sums.
// Every rank has its own NIC between nodes.
//
//   Inside::ring, Between::ring           the pipelined form of Horovod's hierarchical all-reduce
//   Inside::node_switch, Between::tree    NVLS-tree of NCCL
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "runtime/collectives/in_nodes.h"
#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/pipelined.h"

namespace rehearse {

class StagedAllReduce : public Stage {
 public:
  enum class Inside { ring, node_switch };
  enum class Between { ring, tree };

  // REQUIRES: whole nodes.
  StagedAllReduce(NodeRanks where, std::int64_t elements, Inside inside, Between between);

  [[nodiscard]] int rounds() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] PhaseSteps steps() const override;
  [[nodiscard]] std::int64_t switched() const override;

 private:
  // What a rank of this place in its node sums over the nodes.
  [[nodiscard]] ElementRange part(int place) const;

  NodeRanks where_;
  Inside inside_;
  std::unique_ptr<Schedule> scatter_, gather_;
  std::vector<std::unique_ptr<Schedule>> across_;  // by place
};

}  // namespace rehearse
