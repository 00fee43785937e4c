// All-reduce in three stages, as Horovod's hierarchical and torus all-reduces do it: reduce-scatter
// among the L ranks of a node, all-reduce of each part across the nodes (L rings in parallel), then
// all-gather inside the node. Ranks of a node are consecutive.
#pragma once

#include <memory>
#include <vector>

#include "runtime/collectives/in_nodes.h"

namespace rehearse {

class Hierarchical : public Schedule {
 public:
  // REQUIRES: ranks_per_node divides ranks.
  Hierarchical(int ranks, std::int64_t elements, int ranks_per_node);

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override {
    return "hierarchical of " + std::to_string(local_);
  }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<Hierarchical>(ranks(), elements, local_);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  [[nodiscard]] std::int64_t staged(int rank) const override;

 private:
  int local_;
  InNodes scatter_;
  InNodes gather_;
  std::vector<std::unique_ptr<Schedule>> across_;  // one per part of a node, by local rank
};

}  // namespace rehearse
