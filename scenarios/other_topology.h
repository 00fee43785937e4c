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
//               2008), where p counts NICs.
// The provenance lists these as assumed. REQUIRES: `preset` reads as a network, given["topology"]
// is a string, nodes >= 1.
nlohmann::json as_other_topology(const nlohmann::json& preset, const nlohmann::json& given,
                                 std::int64_t nodes);

}  // namespace rehearse
