// What a user says about a network, before it is built.
//
//   { "topology": "dragonfly", "chassis_per_group": 6, "routers_per_chassis": 16,
//     "nodes_per_router": 4, "global_links_per_router": 10,
//     "injection_bandwidth": "9.7 GB/s", "injection_latency": "100 ns", … }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/provenance.h"
#include "base/units.h"

namespace rehearse {

class ObjectReader;

// Per link and direction.
struct LinkRate {
  Bandwidth bandwidth;
  Duration latency;
};

// The inside of a node. Each device has one link to the hub of its node; with one device per node
// the device holds the NICs itself and `device` is not used.
struct NodeSpec {
  int devices = 1;
  int nics = 1;  // injection links of a node, shared by its devices
  LinkRate device;
};

struct SingleSwitchSpec {};

// Either ports and oversubscription, or down and up (topologies/shape.h), never both.
struct FatTreeSpec {
  std::optional<int> levels;             // default: the fewest, at least 2, that hold the nodes
  std::int64_t ports = 0;                // of every switch
  std::vector<double> oversubscription;  // per level below the top, down : up; default 1
  std::vector<std::int64_t> down;
  std::vector<std::int64_t> up;
  std::vector<LinkRate> link;  // one for all levels, or one per level below the top
};

struct DragonflySpec {
  std::int64_t chassis_per_group = 1;  // 1: canonical, every group all to all
  std::int64_t routers_per_chassis = 1;
  std::int64_t nodes_per_router = 1;
  std::int64_t global_links_per_router = 1;
  int local2_cables = 1;               // between two routers of one slot, striped by hardware
  std::optional<std::int64_t> groups;  // default: as many as hold the nodes
  std::optional<std::int64_t> global_links_per_pair;  // default: as many as the routers can hold
  LinkRate local;
  LinkRate local2;  // per cable
  LinkRate global;
};

enum class Routing { minimal };

struct NetworkSpec {
  std::string description;
  std::optional<std::int64_t> nodes;  // of the machine described
  LinkRate injection;                 // per NIC
  std::variant<SingleSwitchSpec, FatTreeSpec, DragonflySpec> shape;
  Routing routing = Routing::minimal;
  std::optional<NodeSpec> node;  // the machine's own node, if the preset describes it
  std::vector<Provenance> provenance;
};

// Reads a network object strictly; presets have been merged in before. Throws Error::input that
// names file and path, also for topologies and routings that do not work yet.
NetworkSpec read_network_spec(ObjectReader reader);

// {"devices", "nics", "device_bandwidth", "device_latency"}
NodeSpec read_node_spec(ObjectReader reader);

}  // namespace rehearse
