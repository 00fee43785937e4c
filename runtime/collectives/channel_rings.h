// Rings side by side, one per channel, as NCCL lays them: each moves its share of every part, and
// each leaves a node by another device, so that all NICs of a node work at once.
//
// Channel c enters the first node at its own device, visits the devices of the node in turn and
// leaves it by the last one; it enters the next node at the device of the same place, which is on
// the same rail. Where the devices of a node are joined in pairs instead of by a switch, the visits
// zigzag (e, e+1, e-1, e+2, …): over all channels of an even node they then use every directed pair
// once (Walecki's decomposition of the complete graph into paths; Alspach, "The wonderful Walecki
// construction", Bull. ICA 52, 2008).
//
//   all-reduce          2(P-1) rounds of 1/P each, as the ring (runtime/collectives/ring.h)
//   all-gather          P-1
//   reduce-scatter      P-1
#pragma once

#include "runtime/collectives/algorithm.h"
#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

// The order in which the ring of a channel visits the ranks.
class RingOrder {
 public:
  // `entry`: the place in the first node where the ring begins.
  RingOrder(NodeRanks where, int entry, bool zigzag)
      : where_(where), entry_(entry), zigzag_(zigzag) {}

  [[nodiscard]] int position_of(int rank) const;
  [[nodiscard]] int rank_at(int position) const;

 private:
  // Of the node, where the ring enters it.
  [[nodiscard]] int entry_of(int node) const;

  NodeRanks where_;
  int entry_;
  bool zigzag_;
};

// The orders of `channels` rings: their entries are spread evenly over a node.
RingOrder ring_order(NodeRanks where, int channels, int channel, bool zigzag);

class ChannelRings : public Schedule {
 public:
  // REQUIRES: operation is all_reduce, all_gather or reduce_scatter; channels >= 1.
  ChannelRings(Operation operation, NodeRanks where, std::int64_t elements, int channels,
               bool zigzag);

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void volumes(int rank, const Phase& phase, std::vector<Volume>& out) const override;
  void added(int rank, const Phase& phase, std::vector<Volume>& out) const override;

 private:
  struct Range {
    std::int64_t begin, elements;
  };
  // The share of a channel in the part of a rank.
  [[nodiscard]] Range share(int rank, int channel) const;
  [[nodiscard]] std::int64_t channel_elements(int channel) const;

  Operation operation_;
  NodeRanks where_;
  int channels_;
  bool zigzag_;
  std::vector<RingOrder> orders_;  // by channel
};

}  // namespace rehearse
