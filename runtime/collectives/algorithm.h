// The words for collectives: what is to be done, by which algorithm, in which wire protocol.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/enum_names.h"

namespace rehearse {

// What a collective does with the buffer of every rank.
//   all_reduce      all ranks end with the sum of the buffers
//   all_gather      rank r gives part r of the buffer, all end with all parts
//   reduce_scatter  rank r ends with the sum of part r; other parts are left as they happen to be
//   all_to_all      rank r's part s and rank s's part r change places
//   broadcast       all end with the buffer of rank 0
//   reduce          rank 0 ends with the sum; other buffers are left as they happen to be
//   send_recv       rank r sends its buffer to rank r + 1, the last one to rank 0
enum class Operation : std::uint8_t {
  all_reduce,
  all_gather,
  reduce_scatter,
  all_to_all,
  broadcast,
  reduce,
  send_recv
};

inline constexpr int kOperations = 7;

// What the algorithms are: runtime/collectives/collectives.h. native is the communication library's
// own choice, automatic (named "auto") the cheapest that this program can find.
enum class Algorithm : std::uint8_t {
  ring,
  tree,
  nvls,
  nvls_tree,
  collnet_direct,
  collnet_chain,
  pat,
  hierarchical,
  recursive_doubling,
  rabenseifner,
  halving_doubling,
  binomial,
  pairwise,
  node_leader,
  in_network,
  native,
  automatic
};

// How NCCL puts data on a wire: 4 bytes of data beside 4 of a flag, 120 of 128, or data alone with
// a synchronisation per slice. none: of a library that has one way only.
enum class Protocol : std::uint8_t { none, ll, ll128, simple };

inline constexpr auto kOperationNames = enum_names<Operation>(
    "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "reduce", "send_recv");
inline constexpr auto kAlgorithmNames = enum_names<Algorithm>(
    "ring", "tree", "nvls", "nvls_tree", "collnet_direct", "collnet_chain", "pat", "hierarchical",
    "recursive_doubling", "rabenseifner", "halving_doubling", "binomial", "pairwise", "node_leader",
    "in_network", "native", "auto");
// No word stands for none.
inline constexpr auto kProtocolNames = enum_names<Protocol>("", "ll", "ll128", "simple");

std::string to_text(Operation operation);
std::string to_text(Algorithm algorithm);
std::string to_text(Protocol protocol);

// Bus bandwidth over algorithm bandwidth, as nccl-tests print them (PERFORMANCE.md there): what an
// operation moves over the slowest link, relative to its bytes.
double bus_factor(Operation operation, int ranks);

}  // namespace rehearse
