// The endpoints of a preset on another network: "what if this machine were a fat-tree?"
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace rehearse {

// What of `preset` holds for any topology (injection links, node), and textbook sizes of the
// topology that `given` asks for, as far as `given` leaves them open: every link as fast as an
// injection link,
//   fat_tree    36-port switches, full bisection, as many levels as hold the nodes; where a node
//               has several NICs, whole nodes on a leaf, on at most 18 ports unless one node needs
//               more;
//   dragonfly   the smallest balanced one that holds the nodes, a = 2p = 2h (Kim et al., ISCA
//               2008), where p counts NICs;
//   dragonfly_plus  the smallest one of equal switches that holds the nodes: as many nodes on a
//               leaf as leaves, spines and global links per spine (Shpiner et al., HiPINEB 2017);
//   torus, mesh one node per switch, the most cubic box of three dimensions that holds them;
//   hyperx      the smallest square of switches that holds the nodes, as many on a switch as
//               switches on a side: half of them can send across the middle at once, which is what
//               uniform traffic needs (relative bisection 1/2: Ahn et al., SC 2009);
//   slim_fly    the smallest balanced one that holds the nodes (Besta, Hoefler, SC 2014).
// The provenance lists these as assumed. REQUIRES: `preset` reads as a network, given["topology"]
// is a string, nodes >= 1.
nlohmann::json with_topology_defaults(const nlohmann::json& preset, const nlohmann::json& given,
                                      std::int64_t nodes);

}  // namespace rehearse
