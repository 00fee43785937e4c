// What the SPEC of `rehearse topology` names: a preset, a network file, a scenario, a file that
// lists switches (topology.conf, GraphML …), or JSON itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topologies/graph/network_spec.h"

namespace rehearse {

struct NetworkSource {
  std::string name;  // for people
  NetworkSpec spec;
  std::int64_t nodes = 0;
  NodeSpec node;
  std::vector<std::string> remarks = {};  // what of a file was passed over or taken for granted
};

// `nodes` and `devices` win over what SPEC says. Without `nodes` a scenario or
// a network has its own, a dragonfly of a given number of groups is full, and anything else gets
// kDefaultNodes. `sets` are KEY=VALUE of the scenario or of the network. A file that lists switches
// becomes a network of topology `file`, with kDirectLinkLatency and kDirectInjectionLatency where
// nothing is said, and as many NICs as a node of it has. Throws Error::input.
NetworkSource find_network(const std::string& spec, std::optional<std::int64_t> nodes,
                           std::optional<int> devices, const std::vector<std::string>& sets);

inline constexpr std::int64_t kDefaultNodes = 64;
// As of InfiniBand EDR (scenarios/networks/infiniband-edr-fat-tree.json).
inline constexpr const char* kDirectLinkLatency = "120 ns";
inline constexpr const char* kDirectInjectionLatency = "300 ns";

}  // namespace rehearse
