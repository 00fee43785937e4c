// All-reduce over two binary trees, each for half of the data, in which a rank that is inside one
// tree is a leaf of the other (Sanders, Speck, Träff, "Two-tree algorithms for full bandwidth
// broadcast, reduction and scan", Parallel Computing 35, 2009), as NCCL lays them: a tree spans the
// nodes, and a chain the devices of each node; the devices take turns as the heads of the chains,
// one per channel, so that all NICs work. Sums travel up, results down.
//
//   D levels of nodes, L ranks per node     2 (L - 1) + 2 D steps, each rank sends 2 n at most
//
// One slice; Pipelined lets slices follow each other.
#pragma once

#include <array>
#include <vector>

#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/pipelined.h"

namespace rehearse {

class DoubleTree : public Stage {
 public:
  // REQUIRES: channels >= 1.
  DoubleTree(NodeRanks where, std::int64_t elements, int channels);

  [[nodiscard]] int rounds() const override { return rounds_; }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  [[nodiscard]] PhaseSteps steps() const override;

 private:
  // One tree over the nodes; -1: none.
  struct NodeTree {
    int root = 0;
    int levels = 0;  // edges from the root to the farthest node
    std::vector<int> parent, height, depth;
    std::vector<std::array<int, 2>> children;
  };
  // The neighbours of a rank in the tree of a channel, and when it takes part.
  struct Seat {
    int parent = -1;
    std::array<int, 3> children{-1, -1, -1};
    int height = 0;  // rounds until it has the sum of all below it
    int depth = 0;   // rounds until it has the result, counted from the root's
  };

  void lay(NodeTree& tree, bool second) const;
  [[nodiscard]] int head(int node, int channel) const;
  [[nodiscard]] Seat seat(int rank, int channel, const NodeTree& tree) const;
  template <typename Visit>
  void visit_parts(const Visit& visit) const;

  NodeRanks where_;
  int channels_;
  std::array<NodeTree, 2> trees_;
  int rounds_ = 0;
};

}  // namespace rehearse
