#include <algorithm>
#include <cmath>

#include "runtime/collectives/collectives.h"

namespace rehearse {

Algorithm choose_like_nccl(int ranks, int ranks_per_node, double bytes, double bandwidth) {
  // Simple protocol, seconds; the latency constants are NCCL's own (tuning.cc: base and per-step
  // latencies of the network and NVLink rows).
  constexpr double kBaseTree = 8.4e-6;
  constexpr double kBaseRing = 8.4e-6;
  constexpr double kNetTree = 14e-6;
  constexpr double kNetRing = 14e-6;
  constexpr double kLocalTree = 4e-6;
  constexpr double kLocalRing = 3.4e-6;
  const int local = std::max(1, ranks_per_node);
  const int nodes = (ranks + local - 1) / local;
  const int steps = 2 * (ranks - 1);
  const int across = nodes > 1 ? 2 * (nodes - 1) : 0;
  const double ring = kBaseRing + (steps - across) * kLocalRing + across * kNetRing +
                      bytes * steps / ranks / bandwidth;
  const double tree = kBaseTree +
                      2 * ((ranks_per_node - 1) * kLocalTree + std::log2(nodes) * kNetTree) +
                      2 * bytes / (0.92 * bandwidth);
  return tree < ring ? Algorithm::binomial : Algorithm::ring;
}

}  // namespace rehearse
