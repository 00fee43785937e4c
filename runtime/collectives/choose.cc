#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

struct Step {
  double below;  // bytes
  Algorithm algorithm;
};

constexpr double kAll = std::numeric_limits<double>::infinity();
constexpr double kKi = 1024;
constexpr auto kRing = Algorithm::ring;
constexpr auto kDoubling = Algorithm::recursive_doubling;
constexpr auto kHalving = Algorithm::rabenseifner;
constexpr auto kBinomial = Algorithm::binomial;  // "nonoverlapping": reduce, then broadcast

Algorithm pick(std::span<const Step> steps, double bytes) {
  return std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return bytes < s.below; })
      ->algorithm;
}

}  // namespace

Algorithm choose_like_open_mpi(int ranks, double bytes) {
  static constexpr std::array k4{Step{8, kRing},         Step{4 * kKi, kDoubling},
                                 Step{8 * kKi, kRing},   Step{16 * kKi, kDoubling},
                                 Step{256 * kKi, kRing}, Step{kAll, kHalving}};
  static constexpr std::array k8{Step{16, kRing}, Step{8 * kKi, kDoubling}, Step{kAll, kHalving}};
  static constexpr std::array k16{Step{8 * kKi, kDoubling}, Step{kAll, kHalving}};
  static constexpr std::array k32{Step{64, kRing}, Step{4 * kKi, kDoubling}, Step{kAll, kHalving}};
  static constexpr std::array k64{Step{128, kRing}, Step{kAll, kHalving}};
  static constexpr std::array k128{Step{256 * kKi, kDoubling}, Step{kAll, kHalving}};
  static constexpr std::array k256{Step{128 * kKi, kBinomial}, Step{256 * kKi, kDoubling},
                                   Step{kAll, kHalving}};
  static constexpr std::array k512{Step{4 * kKi, kBinomial}, Step{kAll, kHalving}};
  static constexpr std::array k2048{Step{2 * kKi, kBinomial}, Step{16 * kKi, kDoubling},
                                    Step{kAll, kHalving}};
  static constexpr std::array k4096{Step{2 * kKi, kBinomial}, Step{4 * kKi, kRing},
                                    Step{16 * kKi, kDoubling}, Step{kAll, kHalving}};
  static constexpr std::array kMore{Step{2 * kKi, kBinomial}, Step{16 * kKi, kRing},
                                    Step{32 * kKi, kDoubling}, Step{kAll, kHalving}};
  if (ranks < 4) return pick(k4, bytes);
  if (ranks < 8) return pick(k8, bytes);
  if (ranks < 16) return pick(k16, bytes);
  if (ranks < 32) return pick(k32, bytes);
  if (ranks < 64) return pick(k64, bytes);
  if (ranks < 128) return pick(k128, bytes);
  if (ranks < 256) return pick(k256, bytes);
  if (ranks < 512) return pick(k512, bytes);
  if (ranks < 2048) return pick(k2048, bytes);
  if (ranks < 4096) return pick(k4096, bytes);
  return pick(kMore, bytes);
}

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
  return tree < ring ? kBinomial : kRing;
}

}  // namespace rehearse
