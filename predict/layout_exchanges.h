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

class LayoutExchanges {
 public:
  virtual ~LayoutExchanges() = default;

  // `bytes` as nccl-tests count them. Zero where the axis has one place or nothing travels.
  // send_recv: each rank of a group passes a buffer on to the next one.
  virtual ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) = 0;
  [[nodiscard]] virtual int size(GridAxis axis) const = 0;

  // A rank's message to the same place of the next stage, all ranks at the same time.
  ExchangeTime message(Bytes bytes) {
    return collective(GridAxis::pipeline, Operation::send_recv, bytes);
  }
};

}  // namespace rehearse
