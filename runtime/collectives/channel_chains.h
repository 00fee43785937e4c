// Broadcast from rank 0 and reduce to it along the rings of ChannelRings, as NCCL does both: every
// channel passes its share on from rank to rank, slice by slice.
//
//   P - 1 steps; every rank sends n at most
//
// One slice; Pipelined lets slices follow each other.
#pragma once

#include <vector>

#include "runtime/collectives/algorithm.h"
#include "runtime/collectives/channel_rings.h"
#include "runtime/collectives/pipelined.h"

namespace rehearse {

class ChannelChains : public Stage {
 public:
  // `back_to_back`: CollectiveCall. REQUIRES: operation is broadcast or reduce; channels >= 1.
  ChannelChains(Operation operation, NodeRanks where, std::int64_t elements, int channels,
                bool zigzag, bool back_to_back = false);

  [[nodiscard]] int rounds() const override { return ranks() - 1; }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] PhaseSteps steps() const override;

 private:
  Operation operation_;
  NodeRanks where_;
  int channels_;
  bool back_to_back_;
  std::vector<RingOrder> orders_;  // by channel
};

}  // namespace rehearse
