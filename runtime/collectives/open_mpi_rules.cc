#include "runtime/collectives/open_mpi_rules.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <span>

#include "base/contract.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/library_version.h"

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

constexpr double kNumber = 4;  // bytes

// From so many bytes on Open MPI broadcasts along a chain, segment by segment.
constexpr double kChain = 370728;

// Of everything but an all-reduce.
Algorithm plain_choice(Operation operation, double bytes) {
  switch (operation) {
    case Operation::broadcast:
      return bytes < kChain ? kBinomial : kRing;
    case Operation::reduce:
      return kBinomial;
    case Operation::all_to_all:
    case Operation::send_recv:
      return Algorithm::pairwise;
    default:
      return kRing;
  }
}

Algorithm choose_like_open_mpi_4_0(int ranks, double bytes) {
  if (bytes < 10000) return kDoubling;
  return bytes / kNumber > ranks ? kRing : kBinomial;
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

Algorithm choose_like_open_mpi(const std::string& version, Operation operation, int ranks,
                               double bytes) {
  EXPECTS(ranks >= 1 && bytes >= 0);
  const bool old =
      !version.empty() && read_library_version("Open MPI", version) < LibraryVersion{4, 1};
  if (operation != Operation::all_reduce) return plain_choice(operation, bytes);
  return old ? choose_like_open_mpi_4_0(ranks, bytes) : choose_like_open_mpi(ranks, bytes);
}

Algorithm choose_like_mpich(Operation operation, int ranks, double bytes) {
  EXPECTS(ranks >= 1 && bytes >= 0);
  if (operation != Operation::all_reduce) return plain_choice(operation, 0);
  const double power = std::bit_floor(static_cast<unsigned>(ranks));
  return bytes <= 2048 || bytes / kNumber < power ? kDoubling : kHalving;
}

}  // namespace rehearse
