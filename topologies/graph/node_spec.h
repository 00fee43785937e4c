// The inside of a node.
#pragma once

#include <string>
#include <vector>

#include "topologies/graph/link.h"

namespace rehearse {

class ObjectReader;

// Each device has one link to the hub of its node; with one device per node the device holds the
// NICs itself and `device` is not used. All to all, every two devices have a link of their own as
// well, and the hub only leads to the NICs. With `switches` the devices hang on these in equal
// blocks, and they on the hub: PCIe switches, or the sockets of a host.
struct NodeSpec {
  enum class Inside { hub, all_to_all };

  int devices = 1;
  int nics = 1;  // injection links of a node, shared by its devices
  LinkRate device;
  Inside inside = Inside::hub;
  LinkRate pair = {};         // all to all: between two devices
  int switches = 1;           // between the devices and the hub; 1: none
  LinkRate switch_link = {};  // with several: from one to the hub
  // Of a mesh of direct links that is modelled as a hub: how many rings the first 2, 3, … devices
  // form over them, each way counted; empty: part of a node is as fast as all of it.
  std::vector<int> rings = {};

  // Why the devices cannot hang on the switches; empty if they can.
  [[nodiscard]] std::string obstacle() const;

  // Connections of a node: inside, and with the NICs. As doubles: of a node no one can build, too.
  [[nodiscard]] double links_inside() const;
  [[nodiscard]] double links() const { return links_inside() + nics; }
};

inline std::string NodeSpec::obstacle() const {
  if (switches < 2 || devices < 2) return "";
  if (inside == Inside::all_to_all) {
    return "the devices of a node cannot both have direct links and hang on switches";
  }
  if (devices % switches == 0) return "";
  return std::to_string(devices) + " devices do not fill " + std::to_string(switches) +
         " switches of a node evenly";
}

inline double NodeSpec::links_inside() const {
  if (devices < 2) return 0;
  const double count = devices;
  return count + (inside == Inside::all_to_all ? count * (count - 1) / 2 : 0) +
         (switches > 1 ? switches : 0);
}

// {"devices", "nics", "device_bandwidth", "device_latency", "inside", "pair_bandwidth",
//  "pair_latency", "switches", "switch_bandwidth", "switch_latency", "rings"}
NodeSpec read_node_spec(ObjectReader reader);
// The last seven of these; `node` as it is where they are absent.
void read_inside(ObjectReader& reader, NodeSpec& node);

}  // namespace rehearse
