// The inside of a node.
#pragma once

#include "topologies/link.h"

namespace rehearse {

class ObjectReader;

// Each device has one link to the hub of its node; with one device per node the device holds the
// NICs itself and `device` is not used.
struct NodeSpec {
  int devices = 1;
  int nics = 1;  // injection links of a node, shared by its devices
  LinkRate device;
};

// {"devices", "nics", "device_bandwidth", "device_latency"}
NodeSpec read_node_spec(ObjectReader reader);

}  // namespace rehearse
