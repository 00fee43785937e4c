// Machines and shorthands of the tests of NCCL's model.
#pragma once

#include "runtime/collectives/nccl_tuning.h"

namespace rehearse {

inline constexpr double kKi = 1024;
inline constexpr double kMi = 1024 * kKi;
inline constexpr double kGi = 1024 * kMi;
inline constexpr Operation kAllReduce = Operation::all_reduce;
inline constexpr Operation kAllGather = Operation::all_gather;
inline constexpr auto kGenerations = {NcclGeneration::v2_18, NcclGeneration::v2_21,
                                      NcclGeneration::v2_23, NcclGeneration::v2_27};
inline constexpr auto kProtocols = {Protocol::ll, Protocol::ll128, Protocol::simple};

inline NcclMachine machine(NcclArchitecture architecture, int nodes, int per_node, int channels,
                           double channel_gbps) {
  NcclMachine m;
  m.architecture = architecture;
  m.generation = NcclGeneration::v2_27;
  m.nodes = nodes;
  m.ranks = nodes * per_node;
  m.channels = channels;
  m.channel_bandwidth_inside = m.channel_bandwidth_between = Bandwidth(channel_gbps * 1e9);
  return m;
}

inline NcclMachine one_hopper_node() { return machine(NcclArchitecture::hopper, 1, 8, 12, 30); }
inline NcclMachine four_hopper_nodes() { return machine(NcclArchitecture::hopper, 4, 8, 8, 48); }
inline NcclMachine many_ampere_nodes() { return machine(NcclArchitecture::ampere, 32, 8, 8, 24); }

inline NcclMachine of(NcclMachine m, NcclGeneration generation) {
  m.generation = generation;
  return m;
}

inline double micros(const NcclMachine& m, Operation operation, Algorithm algorithm,
                     Protocol protocol, double bytes) {
  const auto time = NcclModel(m).time(operation, algorithm, protocol, bytes);
  return time ? time->value() * 1e6 : -1;
}

inline double gigas(const NcclMachine& m, Operation operation, Algorithm algorithm,
                    Protocol protocol) {
  const auto bandwidth = NcclModel(m).bus_bandwidth(operation, algorithm, protocol);
  return bandwidth ? bandwidth->value() / 1e9 : -1;
}

}  // namespace rehearse
