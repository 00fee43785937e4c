// The dispersion of a run as its slowest rank feels it: for a simulation in which one rank stands
// for all.
//
// In synchronous training everybody waits for the slowest of P devices and for the slowest stream
// of a ring. The maximum of P independent draws of a distribution F has the distribution F^P, so
// its quantile at u is that of F at u^(1/P) (David, Nagaraja, Order Statistics, 3rd ed., 2003,
// section 2.1); the minimum likewise. Instead of drawing P times, the steps of a simulation take
// equally likely values of u in a random order. Slow nodes make it the largest of two groups, each
// with its own F; a stall adds to the device that has it (sim/noise/stalls.h). docs/models.md
// ("Noise and intervals") has the equations.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/noise/noise.h"

namespace rehearse {

// The quantile at u of the largest of `count` standard normal values; `score` is the normal
// quantile of u. REQUIRES: count >= 1, |score| <= 30.
double largest_normal(double score, double count);

// The same of `groups` times `members` normal values of mean 0 that are sums of one of their group
// (deviation `between`) and one of their own (`within`): members of a group are alike in part.
// Within 1e-6 of the larger deviation. REQUIRES: groups, members >= 1; deviations >= 0;
// |score| <= 8.
double largest_of_groups(double score, double groups, double between, double members,
                         double within);

// The same of `fast` and `slow` groups where all values of the slow ones are larger by `excess`.
// REQUIRES: fast, slow >= 1; excess >= 0.
double largest_of_mixture(double score, double fast, double slow, double excess, double between,
                          double members, double within);

class SlowestRankNoise : public StepNoise {
 public:
  // Options and step numbers as those of NoiseModel. As if `nodes` held equally many ranks.
  SlowestRankNoise(const NoiseOptions& options, int ranks, std::int64_t nodes);

  // Of the slowest of all ranks.
  [[nodiscard]] double compute(int rank, std::int64_t step) const override;
  // What the mean of all ranks is of that, at most 1.
  [[nodiscard]] double mean_share(std::int64_t step) const;
  // Factor on the median rate of streams that leave so many nodes, of the slowest.
  [[nodiscard]] double slowest_stream(std::int64_t nodes, std::int64_t step) const;
  [[nodiscard]] double step_latency(std::int64_t step) const { return common_.step_latency(step); }

 private:
  struct Cluster;
  struct Spread;

  // One step more of slowest_ and mean_, without stalls.
  void add_step(const Cluster& cluster, const Spread& spread);
  // Of the step among those that count.
  [[nodiscard]] std::size_t index(std::int64_t step) const;

  NoiseModel common_;                   // what all ranks share
  std::vector<double> slowest_, mean_;  // factors by step
  std::vector<double> stream_scores_;   // by step
};

}  // namespace rehearse
