// What a stack file says of a library of collectives, level by level: inside a node, and between
// nodes over NICs.
//
//   "library": "nccl", "library_version": "2.19", "architecture": "hopper",
//   "inside": {"channel_bandwidth": "22.5 GB/s", "channels": 16, "switch_adders": "270 GB/s",
//              "latency": {"ll": "0.6 us", "ll128": "1.9 us", "simple": "3.4 us"}},
//   "nic":    {"channel_bandwidth": "48 GB/s", "channels": 1, "half_bandwidth": "1 MiB",
//              "converging": 0.6,
//              "latency": {"ll": "2.7 us", "ll128": "4 us", "simple": "14 us"}},
//   "launch": "6.6 us"
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/units.h"

namespace rehearse {

class ObjectReader;

// One level. `channels` are those of one device inside a node, and those of one NIC between nodes.
struct StackLevel {
  Bandwidth channel_bandwidth;  // of large messages, in the simple protocol
  int channels = 1;
  std::array<Duration, 3> latency{};  // of a step: ll, ll128, simple
  // Bytes of a device, or of a NIC, at which large transfers reach half of the rate: m bytes go at
  // 1 / (1 + (half / m)^0.6) of it. 0: always at the whole rate.
  Bytes half_bandwidth{};
  // Share of the fair rate that the flows of an all-to-all over two nodes reach, in (0, 1]; over N
  // nodes 1 / (1 + (1 / converging - 1) sqrt(N - 1)).
  double converging = 1;
  std::optional<Bandwidth> switch_adders;  // inside: algorithm bandwidth of sums in the switch
  // Relative standard errors of channel_bandwidth and of latency; absent: not told.
  std::optional<double> bandwidth_rel_error, latency_rel_error;

  [[nodiscard]] Bandwidth bandwidth() const { return channel_bandwidth * channels; }
};

struct CollectiveLibrary {
  enum class Kind { nccl, rccl, open_mpi, intel_mpi, cray_mpich, mlsl, other };
  enum class Architecture {
    pascal,
    volta,
    ampere,
    hopper,
    blackwell
  };  // of the devices, where it matters

  Kind kind = Kind::nccl;
  std::string version;
  Architecture architecture = Architecture::ampere;
  bool amd_host = false;
  bool pcie = false;  // devices of a node are joined by PCIe
  // Of NCCL and RCCL: what a collective takes before its first step, in LL; in the other protocols
  // as much longer as NCCL counts. Absent: NCCL's 6.6 us.
  std::optional<Duration> launch;
  // Absent of a library whose messages are costed by the pieces of the fabric profile.
  std::optional<StackLevel> inside, nic;

  [[nodiscard]] bool has_levels() const { return inside && nic; }
  [[nodiscard]] bool is_nccl() const { return kind == Kind::nccl || kind == Kind::rccl; }
};

std::string to_text(CollectiveLibrary::Kind kind);

// The keys library, library_version, architecture, amd_host, pcie, launch, inside and nic of a
// stack file; absent without "library". Throws Error::input.
std::optional<CollectiveLibrary> read_collective_library(ObjectReader& reader);

}  // namespace rehearse
