// What the SPEC of `rehearse topology` names: a preset, a network file, a scenario, or JSON itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topologies/network_spec.h"

namespace rehearse {

struct NetworkSource {
  std::string name;  // for people
  NetworkSpec spec;
  std::int64_t nodes = 0;
  NodeSpec node;
};

// `nodes` and `devices` win over what SPEC says. Without `nodes` a scenario or
// a network has its own, a dragonfly of a given number of groups is full, and anything else gets
// kDefaultNodes. `sets` are KEY=VALUE of the scenario or of the network. Throws Error::input.
NetworkSource find_network(const std::string& spec, std::optional<std::int64_t> nodes,
                           std::optional<int> devices, const std::vector<std::string>& sets);

inline constexpr std::int64_t kDefaultNodes = 64;

}  // namespace rehearse
