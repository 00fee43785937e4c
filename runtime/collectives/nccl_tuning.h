// NCCL's own model of its collectives: what it believes a collective takes, and so which algorithm
// and protocol it chooses (NVIDIA/nccl, src/graph/tuning.cc and src/enqueue.cc).
//
//   NcclModel model({.nodes = 4, .ranks = 32, .channels = 8, .channel_bandwidth_inside = 48e9, …});
//   NcclChoice choice = model.choose(Operation::all_reduce, 64 << 20);
//
//   time = latency * launches + bytes / algorithm bandwidth
//
// A belief, not a prediction: it decides what runs; how long that takes is simulated.
#pragma once

#include <optional>

#include "base/units.h"
#include "runtime/collectives/algorithm.h"

namespace rehearse {

enum class NcclArchitecture { volta, ampere, hopper, blackwell };

// Whose constants hold: as of about 2.18 (before 2.21: NVLS on one node only), of about 2.23, and
// of 2.27 and later.
enum class NcclGeneration { v2_18, v2_23, v2_27 };

// The generation of "2.19.3". Versions before 2.18 count as the first. Throws Error::input if it is
// no version.
NcclGeneration nccl_generation(const std::string& version);

struct NcclMachine {
  NcclArchitecture architecture = NcclArchitecture::ampere;
  NcclGeneration generation = NcclGeneration::v2_23;
  int nodes = 1;
  int ranks = 1;
  int channels = 1;                    // that the graph search finds ("nCh" before doubling)
  Bandwidth channel_bandwidth_inside;  // of one channel inside a node ("bwIntra")
  Bandwidth channel_bandwidth_between;
  bool pcie = false;         // the devices of a node are joined by PCIe, not by NVLink
  bool amd_host = false;     // of the processor: which row of LL's limits holds
  bool has_nvls = false;     // the node's switch adds (NVLink SHARP)
  bool has_collnet = false;  // switches between the nodes add
  Duration network_latency;  // "latencyInter", of the network device
};

struct NcclChoice {
  Algorithm algorithm = Algorithm::ring;
  Protocol protocol = Protocol::simple;
  Duration time;  // that NCCL expects
};

class NcclModel {
 public:
  // REQUIRES: 1 <= nodes <= ranks, channels >= 1, positive bandwidths.
  explicit NcclModel(const NcclMachine& machine);

  // What NCCL expects of a collective by an algorithm in a protocol; absent where it has none or
  // disables it on this machine. `bytes` as nccl-tests count them.
  [[nodiscard]] std::optional<Duration> time(Operation operation, Algorithm algorithm,
                                             Protocol protocol, double bytes) const;
  // Bytes/s that all channels of the slowest link together carry ("busBw" before the ratio of ranks
  // and steps): what limits the flows of a simulated collective. Absent as above.
  [[nodiscard]] std::optional<Bandwidth> bus_bandwidth(Operation operation, Algorithm algorithm,
                                                       Protocol protocol) const;

  // Latencies of a simulated collective: once, and of each step inside a node and between nodes.
  struct Latencies {
    Duration base, inside, between;
  };
  [[nodiscard]] Latencies latencies(Operation operation, Algorithm algorithm, Protocol protocol,
                                    double bytes) const;

  // The least time of all algorithms and protocols. For all_to_all and send_recv, which have no
  // choice: pairwise in simple.
  [[nodiscard]] NcclChoice choose(Operation operation, double bytes) const;
  // The best protocol of a given algorithm; absent if NCCL cannot run it here.
  [[nodiscard]] std::optional<NcclChoice> choose(Operation operation, Algorithm algorithm,
                                                 double bytes) const;

 private:
  NcclMachine machine_;
};

}  // namespace rehearse
