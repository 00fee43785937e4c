// NCCL's own model of its collectives: what it believes a collective takes, and so which algorithm
// and protocol it chooses (NVIDIA/nccl, src/graph/tuning.cc and src/enqueue.cc).
//
//   NcclModel model({.nodes = 4, .ranks = 32, .channels = 8, .channel_bandwidth_inside = 48e9, …});
//   NcclChoice choice = model.choose(Operation::all_reduce, 64 << 20);
//
//   time = latency + bytes / algorithm bandwidth
//
// A belief, not a prediction: it decides what runs; how long that takes is simulated. Equations and
// what is left out: docs/models/nccl-choice.md.
#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "runtime/collectives/algorithm.h"

namespace rehearse {

// Of the oldest device in the job. pascal, which stands for all older ones too, has Volta's numbers
// and no LL128.
enum class NcclArchitecture { pascal, volta, ampere, hopper, blackwell };

// Whose constants and formulas hold; the numbers of the version named last are used for all.
//   v2_18  up to 2.18 (2.18.3): NVLS for the all-reduce alone
//   v2_21  2.19 to 2.22 (2.21.5): trees in simple count 28 us per step. 2.19 and 2.20 still had the
//          bandwidths of LL of v2_18
//   v2_23  2.23 to 2.26 (2.24.3, for Blackwell 2.26.2): PAT
//   v2_27  2.27 and later (2.30.7): NVLS has an efficiency
// In all of them NVLS spans nodes only where their switches add as well (has_collnet), and NVLSTree
// spans nodes without.
enum class NcclGeneration { v2_18, v2_21, v2_23, v2_27 };

// The generation of "2.19.3". Versions before 2.18 count as the first, those of 2.27 and later as
// the last. Throws Error::input if it is no version.
NcclGeneration nccl_generation(const std::string& version);

struct NcclMachine {
  NcclArchitecture architecture = NcclArchitecture::ampere;
  NcclGeneration generation = NcclGeneration::v2_23;
  int nodes = 1;
  int ranks = 1;
  int channels = 1;                      // that the graph search finds ("nCh" before doubling)
  Bandwidth channel_bandwidth_inside{};  // of one channel inside a node ("bwIntra")
  Bandwidth channel_bandwidth_between{};
  bool pcie = false;           // the devices of a node are joined by PCIe, not by NVLink
  bool amd_host = false;       // of the processor: which row of LL's limits holds
  bool has_nvls = false;       // the node's switch adds (NVLink SHARP)
  bool has_collnet = false;    // switches between the nodes add
  Duration network_latency{};  // "latencyInter", of the network device
  // A device reaches its NIC through PCIe switches alone (on Hopper and later also through NVLink
  // and a device beside the NIC). LL128 needs it between nodes.
  bool near_nic = true;
};

struct NcclChoice {
  Algorithm algorithm = Algorithm::ring;
  Protocol protocol = Protocol::simple;
  Duration time;  // that NCCL expects
};

// Holds no tables: cheap to make and to copy, a choice costs about a microsecond.
class NcclModel {
 public:
  // REQUIRES: 1 <= nodes <= ranks, channels >= 1, positive bandwidths, of which the one between
  // nodes matters for two nodes or more.
  explicit NcclModel(const NcclMachine& machine);

  // What NCCL expects of a collective by an algorithm in a protocol; absent where it has none or
  // disables it on this machine. `bytes` as nccl-tests count them. One rank: a ring in simple, in
  // no time. all_to_all and send_recv, of which NCCL has no model: pairwise in simple takes the
  // base latency of a ring, and the bytes at the bandwidth of all channels. REQUIRES: bytes >= 0.
  [[nodiscard]] std::optional<Duration> time(Operation operation, Algorithm algorithm,
                                             Protocol protocol, double bytes) const;
  // Bytes/s that all channels of the slowest link together carry ("busBw" before the ratio of ranks
  // and steps): what limits the flows of a simulated collective. Without the correction of trees,
  // which depends on the bytes. Absent as above, and of one rank.
  [[nodiscard]] std::optional<Bandwidth> bus_bandwidth(Operation operation, Algorithm algorithm,
                                                       Protocol protocol) const;

  // Latencies of a simulated collective: once, and of each step inside a node and between nodes.
  struct Latencies {
    Duration base, inside, between;
  };
  // As NCCL counts them, which makes `time` of
  //   ring                     all-reduce 2 (P-1), else P-1 steps, of which 2 (N-1) or N-1 between
  //   tree                     2 (P/N - 1) steps inside, 2 floor(lg N) between
  //   nvls, nvls_tree          1 inside, and 1 or 2 floor(lg N) between
  //   collnet_direct, _chain   2 or 2 (P/N - 1) inside, 1 between; direct's serialisation is `base`
  //   pat                      floor(lg N) between; `base` has the 2.8 us of each rank
  // (P ranks, N nodes, the exceptions of old versions aside). For an all-reduce in a ring in simple
  // over several nodes of at least 128 bytes per channel and rank, all three are 1.4 times as long
  // (1.9 before Ampere), which NCCL calls the plateau of the ring. They do not depend on the bytes
  // otherwise. Two things differ from what the choice counts with: broadcast and reduce have the
  // steps of an all-gather, and trees in simple of v2_21 the 4 and 14 us of other versions, since
  // 28 us hold the transfer of a chunk.
  // Algorithms that NCCL does not have, or not here, get the ring of that protocol without the
  // factor. Protocol::none counts as simple.
  [[nodiscard]] Latencies latencies(Operation operation, Algorithm algorithm, Protocol protocol,
                                    double bytes) const;

  // Share of the channels that carry so few bytes: NCCL leaves channels out below 64 bytes per
  // thread of each (8 in LL and LL128; up to 2.18 in LL per rank of a ring), of 512 threads (640 in
  // LL128). Taken as continuous. Counts twice `channels`, since NCCL doubles those that it finds. 1
  // of NVLS and others that have channels of their own.
  [[nodiscard]] double channel_share(Algorithm algorithm, Protocol protocol, double bytes) const;

  // The least time of all algorithms and protocols. For all_to_all and send_recv, which have no
  // choice: pairwise in simple. For one rank: a ring in simple.
  [[nodiscard]] NcclChoice choose(Operation operation, double bytes) const;
  // The best protocol of a given algorithm; absent if NCCL cannot run it here.
  [[nodiscard]] std::optional<NcclChoice> choose(Operation operation, Algorithm algorithm,
                                                 double bytes) const;

 private:
  NcclMachine machine_;
};

}  // namespace rehearse
