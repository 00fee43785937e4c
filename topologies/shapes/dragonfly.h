// Dragonflies: canonical, and with the two-dimensional groups of the Cray Aries.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/global_links.h"

namespace rehearse {

class ObjectReader;

// Dragonfly (Kim, Dally, Scott, Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA
// 2008) whose groups are `chassis` x `slots` routers joined all to all along both dimensions, as in
// the Cray Aries ("Cray XC series network", Alverson et al., 2012). One chassis is the canonical
// form: a group is all to all. Every pair of groups is joined by `links_per_pair` edges, which the
// routers of a group share as evenly as possible (topologies/shapes/global_links.h).
class DragonflyShape : public NetworkShape {
 public:
  enum Kind { rank1, rank2, global };

  // REQUIRES: all >= 1, links_per_pair >= 0.
  DragonflyShape(std::int64_t groups, std::int64_t chassis, std::int64_t slots,
                 std::int64_t nodes_per_router, std::int64_t links_per_pair,
                 GlobalArrangement arrangement = GlobalArrangement::round_robin);

  [[nodiscard]] std::int64_t chassis() const { return chassis_; }
  [[nodiscard]] std::int64_t slots() const { return slots_; }
  [[nodiscard]] std::int64_t nodes_per_router() const { return nodes_per_router_; }
  [[nodiscard]] std::int64_t links_per_pair() const { return global_.per_pair(); }
  [[nodiscard]] std::int64_t routers_per_group() const { return chassis_ * slots_; }
  [[nodiscard]] std::int64_t nodes_per_group() const {
    return routers_per_group() * nodes_per_router_;
  }
  [[nodiscard]] std::int64_t capacity() const { return groups_ * nodes_per_group(); }

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
    return global_.holder(group, peer, which);
  }

  // NetworkShape. Minimal: to the gateway, over one global link, to the destination; the turn picks
  // the global link among all of the pair of groups. Inside a group rank 1 comes first, then rank
  // 2. Detour: minimally to a router of a third group and on from there (Kim et al., section 4.1);
  // inside a group, and where there is no third one, over any other router of the group.
  [[nodiscard]] std::int64_t switches() const override { return groups_ * routers_per_group(); }
  [[nodiscard]] std::int64_t edges() const override;
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int) const override {
    return node / nodes_per_router_;
  }
  [[nodiscard]] std::int64_t groups() const override { return groups_; }
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override {
    return switch_index / routers_per_group();
  }
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override;
  [[nodiscard]] std::string title() const override;
  [[nodiscard]] std::string parallel_name(std::int64_t edge) const override;
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override;
  void detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
              std::vector<Hop>& out) const override;
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;

 private:
  // Along the chassis to the right slot, then across the chassis.
  void inside(std::int64_t group, std::int64_t start, std::int64_t end,
              std::vector<Hop>& out) const;

  std::int64_t groups_, chassis_, slots_, nodes_per_router_;
  GlobalLinks global_;
};

struct DragonflySpec : TopologySpec {
  std::int64_t chassis_per_group = 1;  // 1: canonical, every group all to all
  std::int64_t routers_per_chassis = 1;
  std::int64_t nodes_per_router = 1;
  std::int64_t global_links_per_router = 1;
  int local2_cables = 1;               // between two routers of one slot, striped by hardware
  std::optional<std::int64_t> groups;  // default: as many as hold the nodes
  std::optional<std::int64_t> global_links_per_pair;  // default: as many as the routers can hold
  GlobalArrangement arrangement = GlobalArrangement::round_robin;
  LinkRate local;
  LinkRate local2;  // per cable
  LinkRate global;

  [[nodiscard]] std::string_view name() const override { return "dragonfly"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

DragonflySpec read_dragonfly(ObjectReader& reader);

}  // namespace rehearse
