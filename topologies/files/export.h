// Networks for other programs, and for the topology `file` (topologies/shapes/graph_spec.h) to read
// back.
#pragma once

#include <string>

#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

// A platform file of SimGrid (simgrid.dtd, version 4.1; read by SimGrid 3.32): one host per device,
// two links per full-duplex connection, so that the directions do not share, and the route of flow
// key 0 of every ordered pair. The file asks for the network model of our own simulations (CM02
// without cross-traffic and without a TCP window), as far as the command line of the reader does
// not set another. Throws Error::input above kMostExportedEndpoints: the table grows with the
// square of the devices, about 50 MB for 512, and no kind of zone that scales gives our routes.
std::string to_simgrid_xml(const Network& network, const Router& router);

inline constexpr std::int64_t kMostExportedEndpoints = 512;

// The switches, the nodes that hang on them and the links between them; the inside of nodes and
// the rate of NICs are not part of either. Links and switches that failed are left out.
// GraphML (Brandes et al., "GraphML progress report", GD 2001) with the vertex attributes name and
// kind (switch, node) and the edge attributes bandwidth, latency and cables; directed where the two
// directions of a link differ.
std::string to_graphml(const Network& network);
// As docs/formats.md, "Network graph".
std::string to_json_graph(const Network& network);

// The shortest text that reads back as the same value: "1.25e+10 B/s", "1e-07 s".
std::string exact_text(Bandwidth value);
std::string exact_text(Duration value);

}  // namespace rehearse
