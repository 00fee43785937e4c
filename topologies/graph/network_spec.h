// What a user says about a network, before it is built.
//
//   { "topology": "dragonfly", "chassis_per_group": 6, "routers_per_chassis": 16,
//     "nodes_per_router": 4, "global_links_per_router": 10,
//     "injection_bandwidth": "9.7 GB/s", "injection_latency": "100 ns", … }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "base/provenance.h"
#include "base/units.h"
#include "topologies/graph/failed_parts.h"
#include "topologies/graph/node_spec.h"
#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/single_switch.h"
#include "topologies/stacks/nic_family.h"
#include "topologies/stacks/switch_reduction.h"

namespace rehearse {

class ObjectReader;

// How flows choose among paths: topologies/routing/router.h and docs/models.md, "Routing".
enum class Routing { minimal, d_mod_k, ecmp, valiant, ugal, adaptive };

inline constexpr auto kRoutingNames =
    enum_names<Routing>("minimal", "d_mod_k", "ecmp", "valiant", "ugal", "adaptive");

inline std::string_view to_text(Routing routing) { return kRoutingNames.text(routing); }

struct NetworkSpec {
  std::string description;
  std::optional<std::int64_t> nodes;  // of the machine described
  LinkRate injection;                 // per NIC
  std::optional<NicFamily> nic;       // absent: not told
  std::optional<std::string> stack;   // name or path of a stack; absent: not told
  std::shared_ptr<const TopologySpec> topology = std::make_shared<SingleSwitchSpec>();
  Routing routing = Routing::minimal;
  std::optional<NodeSpec> node;       // the machine's own node, if the preset describes it
  std::optional<std::string> device;  // key node.device: usual device, name or path; not told
  std::optional<FailedParts> failed;
  std::optional<SwitchReduction>
      reduction;  // key in_network_reduction; absent: switches add nothing
  std::vector<Provenance> provenance;
};

// Reads a network object strictly; presets have been merged in before. Throws Error::input that
// names file and path, also for topologies and routings that do not work yet.
NetworkSpec read_network_spec(ObjectReader reader);

}  // namespace rehearse
