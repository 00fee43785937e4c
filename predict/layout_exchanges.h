// What the exchanges of a layout take: collectives over the axes of its grid, all groups of an axis
// at the same time, and messages between stages.
#pragma once

#include "base/units.h"
#include "runtime/collectives/algorithm.h"
#include "runtime/parallel/process_grid.h"

namespace rehearse {

// A time and the share of it that is latency, which varies otherwise than bandwidth does.
struct ExchangeTime {
  double seconds = 0;
  double latency = 0;  // s, within

  ExchangeTime& operator+=(const ExchangeTime& other) {
    seconds += other.seconds;
    latency += other.latency;
    return *this;
  }
  friend ExchangeTime operator+(ExchangeTime a, const ExchangeTime& b) { return a += b; }
  friend ExchangeTime operator*(ExchangeTime time, double factor) {
    return {time.seconds * factor, time.latency * factor};
  }
};

// Two exchanges whose pieces follow each other: the slower one sets the pace, and the last piece
// passes through the other.
inline ExchangeTime in_pieces(ExchangeTime a, ExchangeTime b) {
  const ExchangeTime& slower = a.seconds < b.seconds ? b : a;
  return {slower.seconds + (a.seconds < b.seconds ? a : b).latency, a.latency + b.latency};
}

class LayoutExchanges {
 public:
  virtual ~LayoutExchanges() = default;

  // `bytes` as nccl-tests count them. Zero where the axis has one place or nothing travels.
  // send_recv: each rank of a group passes a buffer on to the next one.
  virtual ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) = 0;
  [[nodiscard]] virtual int size(GridAxis axis) const = 0;

  // Ranks of a group along the expert axis that share a node.
  [[nodiscard]] virtual int experts_in_node() const { return 1; }
  // Exchanges of that axis in two legs, which go on at once: `across`, all-to-all of the ranks with
  // the same place on their nodes, and `within`, of the ranks of a node. Bytes as collective() has
  // them; the second is of no use where a node has one rank.
  virtual ExchangeTime by_nodes(Bytes across, Bytes /*within*/) {
    return collective(GridAxis::expert, Operation::all_to_all, across);
  }

  // A rank's message to the same place of the next stage, all ranks at the same time.
  ExchangeTime message(Bytes bytes) {
    return collective(GridAxis::pipeline, Operation::send_recv, bytes);
  }
};

}  // namespace rehearse
