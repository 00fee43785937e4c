// The arithmetic of regular topologies: how many switches, which edge joins which two of them.
//
// Switches and edges are counted from 0. An edge is a full-duplex connection between two switches;
// a Network keeps it as two links. Nothing is stored per switch, so shapes of any size cost
// nothing.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace rehearse {

// All nodes on one switch.
struct SingleSwitchShape {};

// Extended generalized fat tree (Oehring, Ibel, Das, Kumar, "On generalized fat trees", IPPS 1995):
// a switch of level i has down[i] children and up[i] parents; level 0 is the leaf whose children
// are nodes. A switch is (level, subtree, column): the subtree of nodes it serves, and which of the
// interchangeable switches of that subtree it is. A k-port k-ary tree of 3 levels has
// down = {k/2, k/2, k}, up = {k/2, k/2}.
class FatTreeShape {
 public:
  // REQUIRES: down.size() == up.size() + 1, all entries >= 1.
  FatTreeShape(std::vector<std::int64_t> down, std::vector<std::int64_t> up);

  [[nodiscard]] int levels() const { return static_cast<int>(down_.size()); }
  [[nodiscard]] std::int64_t down(int level) const {
    return down_[static_cast<std::size_t>(level)];
  }
  [[nodiscard]] std::int64_t up(int level) const { return up_[static_cast<std::size_t>(level)]; }
  [[nodiscard]] std::int64_t capacity() const { return nodes_below_.back(); }

  // Of a switch of this level: the nodes it reaches going down, its interchangeable twins, and how
  // many different subtrees there are.
  [[nodiscard]] std::int64_t nodes_below(int level) const {
    return nodes_below_[static_cast<std::size_t>(level)];
  }
  [[nodiscard]] std::int64_t columns(int level) const {
    return columns_[static_cast<std::size_t>(level)];
  }
  [[nodiscard]] std::int64_t subtrees(int level) const { return capacity() / nodes_below(level); }

  [[nodiscard]] std::int64_t switches() const { return first_switch_.back(); }
  [[nodiscard]] std::int64_t edges() const { return first_edge_.back(); }
  [[nodiscard]] std::int64_t switch_at(int level, std::int64_t subtree, std::int64_t column) const {
    return first_switch_[static_cast<std::size_t>(level)] + subtree * columns(level) + column;
  }
  // The edge from a switch through its up port; it leads to column + port * columns(level).
  [[nodiscard]] std::int64_t edge_up(int level, std::int64_t subtree, std::int64_t column,
                                     std::int64_t port) const {
    return first_edge_[static_cast<std::size_t>(level)] +
           (subtree * columns(level) + column) * up(level) + port;
  }

  struct Place {
    int level;
    std::int64_t subtree, column;
  };
  [[nodiscard]] Place place_of(std::int64_t switch_index) const;

 private:
  std::vector<std::int64_t> down_, up_, nodes_below_, columns_, first_switch_, first_edge_;
};

// Dragonfly (Kim, Dally, Scott, Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA
// 2008) whose groups are `chassis` x `slots` routers joined all to all along both dimensions, as in
// the Cray Aries ("Cray XC series network", Alverson et al., 2012). One chassis is the canonical
// form: a group is all to all. Every pair of groups is joined by `links_per_pair` edges, dealt to
// the routers of a group in turn, so that no router has more than its share.
class DragonflyShape {
 public:
  // REQUIRES: all >= 1, links_per_pair >= 0.
  DragonflyShape(std::int64_t groups, std::int64_t chassis, std::int64_t slots,
                 std::int64_t nodes_per_router, std::int64_t links_per_pair);

  [[nodiscard]] std::int64_t groups() const { return groups_; }
  [[nodiscard]] std::int64_t chassis() const { return chassis_; }
  [[nodiscard]] std::int64_t slots() const { return slots_; }
  [[nodiscard]] std::int64_t nodes_per_router() const { return nodes_per_router_; }
  [[nodiscard]] std::int64_t links_per_pair() const { return links_per_pair_; }
  [[nodiscard]] std::int64_t routers_per_group() const { return chassis_ * slots_; }
  [[nodiscard]] std::int64_t nodes_per_group() const {
    return routers_per_group() * nodes_per_router_;
  }
  [[nodiscard]] std::int64_t capacity() const { return groups_ * nodes_per_group(); }
  [[nodiscard]] std::int64_t switches() const { return groups_ * routers_per_group(); }
  [[nodiscard]] std::int64_t edges() const;

  // A router is (group, index); its index is chassis * slots() + slot.
  [[nodiscard]] std::int64_t switch_at(std::int64_t group, std::int64_t index) const {
    return group * routers_per_group() + index;
  }

  // Edges run from the smaller to the larger slot, chassis or group. REQUIRES: a < b.
  [[nodiscard]] std::int64_t rank1_edge(std::int64_t group, std::int64_t chassis, std::int64_t a,
                                        std::int64_t b) const;
  [[nodiscard]] std::int64_t rank2_edge(std::int64_t group, std::int64_t slot, std::int64_t a,
                                        std::int64_t b) const;
  [[nodiscard]] std::int64_t global_edge(std::int64_t a, std::int64_t b, std::int64_t which) const;

  // The router (its index in `group`) that holds the group's end of an edge to group `peer`.
  [[nodiscard]] std::int64_t gateway(std::int64_t group, std::int64_t peer,
                                     std::int64_t which) const {
    const std::int64_t rank = peer < group ? peer : peer - 1;
    return (rank * links_per_pair_ + which) % routers_per_group();
  }

 private:
  std::int64_t groups_, chassis_, slots_, nodes_per_router_, links_per_pair_;
};

using NetworkShape = std::variant<SingleSwitchShape, FatTreeShape, DragonflyShape>;

std::int64_t switches_of(const NetworkShape& shape);
std::int64_t edges_of(const NetworkShape& shape);

}  // namespace rehearse
