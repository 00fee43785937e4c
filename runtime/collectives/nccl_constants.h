// The numbers of NCCL's own model of its collectives, of four of its versions
// (NVIDIA/nccl, src/graph/tuning.cc). Latencies in microseconds, bandwidths in GB/s, as there.
#pragma once

#include <array>

#include "runtime/collectives/nccl_tuning.h"

namespace rehearse {

// Algorithm::ring to Algorithm::pat are NCCL's, and index the tables; so do LL, LL128, Simple.
inline constexpr std::size_t kNcclAlgorithms = static_cast<std::size_t>(Algorithm::pat) + 1;
inline constexpr std::size_t kNcclProtocols = 3;

struct NcclConstants {
  using ByProtocol = std::array<double, kNcclProtocols>;
  using ByAlgorithm = std::array<ByProtocol, kNcclAlgorithms>;
  // By architecture (Volta, Ampere, Hopper, Blackwell), then of one node, of two, of more.
  using Limits = std::array<std::array<double, 3>, 4>;

  ByAlgorithm base;  // once
  // Of a step between devices joined by NVLink or by PCIe, and between nodes.
  ByAlgorithm nvlink, pcie, network;

  // Of all channels together in LL. The columns of several nodes belong to the host: the first row
  // to Intel and others, the second to AMD.
  Limits ll;
  // Per channel; 0 where the algorithm does not exist.
  Limits ring_ll128, tree_ll128, tree, nvls_tree;

  double ring_ll_share;        // of a channel's bandwidth that a ring in LL carries
  double ring_ll_share_apart;  // the same of a gather, scatter or broadcast inside one node
  double ring_ll128_share;     // the same in LL128, of one device per node
  double ring_extra_steps;     // between nodes, of an all-reduce, beyond 2 (nodes - 1)
  double collnet_arity;        // serialisation per further device of a node
  // One device per node has nothing to hide the network behind: rings pay the tree's latency.
  bool exposed_network;
};

const NcclConstants& nccl_constants(NcclGeneration generation);

// What the bandwidth of a tree (or of NVLSTree) is multiplied with, since NCCL's authors measured
// less than the model says: per power of two of the bytes from 64 B to 512 MiB (1 GiB), 1 outside.
// REQUIRES: a protocol other than none, bytes >= 0.
double nccl_tree_correction(Algorithm algorithm, Protocol protocol, double bytes);

}  // namespace rehearse
