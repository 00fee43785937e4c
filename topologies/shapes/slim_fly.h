// Slim Fly: networks of diameter two.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/galois_field.h"

namespace rehearse {

class ObjectReader;

// Slim Fly MMS (Besta, Hoefler, "Slim Fly: a cost effective low-diameter network topology", SC
// 2014; the graphs are those of McKay, Miller, Širáň, "A note on large graphs of diameter two and
// given maximum degree", J. Comb. Theory B 74(1), 1998). For a prime power q = 4w + d with d in
// {-1, 0, 1} there are two subgraphs of q lines of q switches. With the elements of the field of q
// as coordinates and its primitive element r, switches are joined if they are
//   (0, x, y) and (0, x, z) with y - z in X,
//   (1, m, c) and (1, m, z) with c - z in X' = r X,
//   (0, x, y) and (1, m, c) with y = m x + c.
// X holds even powers of r, from q = 3 mod 4 on also odd ones, so that X = -X and X and X' together
// hold all but 0. Every switch has k' = (3q - d) / 2 neighbours.
//
// Groups are the paper's racks: rack x has line x of both subgraphs, so the first half of the nodes
// of a full network is the lower half of the racks, and of an odd one in the middle the line of
// subgraph 0.
class SlimFlyShape : public NetworkShape {
 public:
  enum Kind { local, global };

  // Which switch, in the words of the paper: `line` is x or m, `point` is y or c.
  struct SwitchLabel {
    std::int64_t subgraph, line, point;
    bool operator==(const SwitchLabel&) const = default;
  };

  // Is q a prime power other than 2?
  [[nodiscard]] static bool exists(std::int64_t q);
  // k', for any q that exists.
  [[nodiscard]] static std::int64_t degree(std::int64_t q) { return q + inside(q); }

  // REQUIRES: exists(q), nodes_per_switch >= 1.
  SlimFlyShape(std::int64_t q, std::int64_t nodes_per_switch);

  [[nodiscard]] std::int64_t q() const { return field_.size(); }
  [[nodiscard]] std::int64_t switch_at(const SwitchLabel& label) const {
    return (2 * label.line + label.subgraph) * q() + label.point;
  }
  [[nodiscard]] SwitchLabel label_of(std::int64_t switch_index) const {
    return {switch_index / q() % 2, switch_index / q() / 2, switch_index % q()};
  }

  // NetworkShape. Minimal: direct, or over a neighbour of both, which the turn picks. Detour: over
  // any switch.
  [[nodiscard]] std::int64_t switches() const override { return 2 * q() * q(); }
  [[nodiscard]] std::int64_t edges() const override { return q() * q() * degree(q()); }
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int) const override {
    return node / nodes_per_switch_;
  }
  [[nodiscard]] std::int64_t groups() const override { return q(); }
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override {
    return label_of(switch_index).line;
  }
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override;
  [[nodiscard]] std::string title() const override {
    return "Slim Fly of q = " + std::to_string(q());
  }
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override;
  [[nodiscard]] double drawing_height() const override;
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;

 private:
  // Neighbours of a switch in its own line: |X| = |X'| = (q - d) / 2.
  [[nodiscard]] static std::int64_t inside(std::int64_t q) {
    return q % 4 == 1 ? q / 2 : (q + 1) / 2;
  }
  // The edge between two points of a line counted within the line, or -1.
  [[nodiscard]] std::int64_t in_line(std::int64_t subgraph, std::int64_t a, std::int64_t b) const {
    return in_line_[static_cast<std::size_t>((subgraph * q() + a) * q() + b)];
  }
  // The y with (0, x, y) joined to (1, m, c).
  [[nodiscard]] std::int64_t meeting(std::int64_t x, std::int64_t m, std::int64_t c) const {
    return field_.add(field_.multiply(m, x), c);
  }
  void number_edges_of(std::int64_t subgraph, const std::vector<std::int64_t>& differences);
  // The hop between neighbours, or -1.
  [[nodiscard]] Hop hop(const SwitchLabel& from, const SwitchLabel& to) const;
  // The neighbours of both of two different switches that are no neighbours.
  [[nodiscard]] std::vector<SwitchLabel> between(const SwitchLabel& a, const SwitchLabel& b) const;

  GaloisField field_;
  std::int64_t nodes_per_switch_;
  std::vector<std::int64_t> in_line_;  // of both subgraphs, a table of q x q points
};

struct SlimFlySpec : TopologySpec {
  std::optional<std::int64_t> q;                 // default: the smallest that holds the nodes
  std::optional<std::int64_t> nodes_per_switch;  // default: half the degree, rounded up (balanced)
  LinkRate local;                                // inside a subgraph
  LinkRate global;                               // between the two

  [[nodiscard]] std::string_view name() const override { return "slim_fly"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

SlimFlySpec read_slim_fly(ObjectReader& reader);

}  // namespace rehearse
