// Flows over time: each takes its bytes over its links at the max-min fair rate of the moment.
//
//   FluidNetwork fluid(capacities);
//   fluid.start(path, 1e9, limit, 7);
//   fluid.settle(now);                   // once after all that starts and ends at this instant
//   ... until fluid.next() ...
//   fluid.finish(fluid.next(), done);    // done holds 7
//
// Knows no latencies and no simulator: the caller keeps the clock.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/network/fair_sharing.h"

namespace rehearse {

class FluidNetwork {
 public:
  explicit FluidNetwork(std::vector<double> capacities) : sharing_(std::move(capacities)) {}

  // Flow `tag` of so many bytes, at most `most` bytes/s (infinity: no limit of its own). No bytes
  // take no time.
  void start(std::span<const LinkId> path, double bytes, double most, std::uint32_t tag);

  // Shares the links among the flows that are under way from `now` on. Times never go back.
  void settle(double now);

  // When the next flow ends if none starts before; infinity if none is under way. REQUIRES:
  // settled.
  [[nodiscard]] double next() const;

  // Ends the flows that are through at `now` and appends their tags, in the order of their ends.
  void finish(double now, std::vector<std::uint32_t>& tags);

  [[nodiscard]] int flows_on(LinkId link) const { return sharing_.flows_on(link); }

 private:
  struct Progress {
    double bytes = 0;  // left at `since`
    double since = 0;
    double slack = 0;  // bytes that count as none
    double end = 0;
    std::uint32_t tag = 0;
    std::int32_t place = -1;  // in the heap
  };

  void move(FairSharing::Flow flow, std::size_t place);
  void sift(FairSharing::Flow flow, std::size_t place);
  [[nodiscard]] bool before(FairSharing::Flow a, FairSharing::Flow b) const;
  Progress& of(FairSharing::Flow flow) { return progress_[static_cast<std::size_t>(flow)]; }
  void drop(FairSharing::Flow flow);

  FairSharing sharing_;
  std::vector<Progress> progress_;       // by flow
  std::vector<FairSharing::Flow> heap_;  // the earliest end first
  std::vector<FairSharing::Change> changed_;
  std::vector<std::uint32_t> empty_;  // tags of flows without bytes
};

}  // namespace rehearse
