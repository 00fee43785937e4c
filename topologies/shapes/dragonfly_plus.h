// Dragonfly+: groups of leaves and spines.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/global_links.h"

namespace rehearse {

class ObjectReader;

// Dragonfly+ (Shpiner, Haramaty, Eliad, Zdornov, Gafni, Zahavi, "Dragonfly+: low cost topology for
// scaling datacenters", HiPINEB 2017), also known as Megafly: in a group every leaf is joined to
// every spine. Nodes hang on leaves; spines hold the links to other groups, `links_per_pair` for
// each pair of groups (topologies/shapes/global_links.h). With as many links per pair as spines,
// every spine of a group reaches every other group. Groups are filled one after the other, so the
// first half of the nodes of a full network is the lower half of the groups.
class DragonflyPlusShape : public NetworkShape {
 public:
  enum Kind { local, global };

  // REQUIRES: leaves, spines, nodes_per_leaf >= 1.
  DragonflyPlusShape(std::int64_t leaves, std::int64_t spines, std::int64_t nodes_per_leaf,
                     GlobalLinks links);

  // The switches of a group are its leaves, then its spines.
  [[nodiscard]] std::int64_t leaf(std::int64_t group, std::int64_t i) const {
    return group * (leaves_ + spines_) + i;
  }
  [[nodiscard]] std::int64_t spine(std::int64_t group, std::int64_t i) const {
    return leaf(group, leaves_ + i);
  }
  // Edges run from leaf to spine and from the smaller to the larger group. REQUIRES: a < b.
  [[nodiscard]] std::int64_t local_edge(std::int64_t group, std::int64_t leaf,
                                        std::int64_t spine) const {
    return (group * leaves_ + leaf) * spines_ + spine;
  }
  [[nodiscard]] std::int64_t global_edge(std::int64_t a, std::int64_t b, std::int64_t which) const {
    return global_.groups() * leaves_ * spines_ + global_.number(a, b, which);
  }

  // NetworkShape. Routes run between leaves. Minimal: inside a group over a spine, between groups
  // over a global link of the pair and its two spines; the turn picks the spine or the link.
  // Detour: minimally to a leaf of a third group and on from there; inside a group, and where there
  // is no third one, over any leaf of the group.
  [[nodiscard]] std::int64_t switches() const override {
    return global_.groups() * (leaves_ + spines_);
  }
  [[nodiscard]] std::int64_t edges() const override {
    return global_.groups() * leaves_ * spines_ + global_.count();
  }
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int) const override {
    const std::int64_t nth = node / nodes_per_leaf_;
    return leaf(nth / leaves_, nth % leaves_);
  }
  [[nodiscard]] std::int64_t groups() const override { return global_.groups(); }
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override {
    return switch_index / (leaves_ + spines_);
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
  // The position of a leaf in its group.
  [[nodiscard]] std::int64_t position(std::int64_t switch_index) const {
    return switch_index % (leaves_ + spines_);
  }

  std::int64_t leaves_, spines_, nodes_per_leaf_;
  GlobalLinks global_;
};

struct DragonflyPlusSpec : TopologySpec {
  std::int64_t leaves_per_group = 1;
  std::int64_t spines_per_group = 1;
  std::int64_t nodes_per_leaf = 1;
  std::int64_t global_links_per_spine = 1;
  std::optional<std::int64_t> groups;                 // default: as many as hold the nodes
  std::optional<std::int64_t> global_links_per_pair;  // default: as many as the spines can hold
  GlobalArrangement arrangement = GlobalArrangement::round_robin;
  LinkRate local;
  LinkRate global;

  [[nodiscard]] std::string_view name() const override { return "dragonfly_plus"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

DragonflyPlusSpec read_dragonfly_plus(ObjectReader& reader);

}  // namespace rehearse
