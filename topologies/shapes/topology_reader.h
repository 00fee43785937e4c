// What the readers of topologies share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "topologies/graph/build.h"
#include "topologies/graph/topology_spec.h"

namespace rehearse {

class ObjectReader;

inline constexpr std::int64_t kMostParts = kMostVertices;  // of anything that is counted

// The keys "<prefix>_bandwidth", which must be positive, and "<prefix>_latency".
LinkRate read_rate(ObjectReader& reader, const std::string& prefix);

// "single_switch", "fat_tree" …
std::vector<std::string> topology_names();

// Reads key "topology" and the keys of the topology it names.
std::shared_ptr<const TopologySpec> read_topology(ObjectReader& reader);

}  // namespace rehearse
