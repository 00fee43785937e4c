// The "network" object of a cluster: a preset and what the scenario changes of it.
#pragma once

#include "base/json_reader.h"
#include "scenarios/profile_library.h"
#include "topologies/graph/network_spec.h"

namespace rehearse {

// The keys of `network` override those of its preset, one by one ("node" is merged, "provenance"
// appended). Where the scenario asks for another topology than the preset's, see other_topology.h.
// The provenance says which keys the scenario gave. Throws Error::input.
NetworkSpec read_network(ObjectReader network, std::int64_t nodes, ProfileLibrary& profiles);

}  // namespace rehearse
