// Fat-trees of any number of levels.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/stated_ports.h"

namespace rehearse {

class ObjectReader;

// Extended generalized fat tree (Oehring, Ibel, Das, Kumar, "On generalized fat trees", IPPS 1995):
// a switch of level i has down[i] children and up[i] parents; level 0 is the leaf whose children
// are nodes. A switch is (level, subtree, column): the subtree of nodes it serves, and which of the
// interchangeable switches of that subtree it is. A k-port k-ary tree of 3 levels has
// down = {k/2, k/2, k}, up = {k/2, k/2}.
//
// With several rails the NICs of a node hang on as many leaves, NIC i on rail i % rails: the first
// down[0] nodes on leaves 0 to rails - 1, the next ones on the leaves that follow (rail-optimized
// networks: NVIDIA, "DGX SuperPOD", RA-09950-001, 2020). What counts nodes below a switch then
// counts the places for them on all rails.
class FatTreeShape : public NetworkShape, public StatedPorts {
 public:
  // `nics` of a node; `ports` of every switch, if they are told. REQUIRES: down.size() ==
  // up.size() + 1, all >= 1, rails <= nics.
  FatTreeShape(std::vector<std::int64_t> down, std::vector<std::int64_t> up, std::int64_t rails = 1,
               std::int64_t nics = 1, std::optional<std::int64_t> ports = {});

  [[nodiscard]] int levels() const { return static_cast<int>(down_.size()); }
  [[nodiscard]] std::int64_t down(int level) const {
    return down_[static_cast<std::size_t>(level)];
  }
  [[nodiscard]] std::int64_t up(int level) const { return up_[static_cast<std::size_t>(level)]; }
  [[nodiscard]] std::int64_t rails() const { return rails_; }
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

  [[nodiscard]] std::int64_t switch_at(int level, std::int64_t subtree, std::int64_t column) const {
    return first_switch_[static_cast<std::size_t>(level)] + subtree * columns(level) + column;
  }
  // The edge from a switch through its up port; it leads to column + port * columns(level).
  [[nodiscard]] std::int64_t edge_up(int level, std::int64_t subtree, std::int64_t column,
                                     std::int64_t port) const {
    return first_edge_[static_cast<std::size_t>(level)] +
           (subtree * columns(level) + column) * up(level) + port;
  }

  [[nodiscard]] std::optional<std::int64_t> ports_of(std::int64_t) const override { return ports_; }

  // A switch; `column` counts the switches of its subtree on its level.
  struct TreePosition {
    int level;
    std::int64_t subtree, column;
  };
  [[nodiscard]] TreePosition position_of(std::int64_t switch_index) const;

  // NetworkShape. The kind of an edge is the level of its lower end. Routes run between leaves: up
  // to the lowest common subtree and down; the digits of the turn, in the mixed radix of the up
  // arities, are the up ports. Under deterministic routing the turn is the destination's number
  // (D-mod-k: Zahavi, "D-Mod-K routing providing non-blocking traffic for shift permutations on
  // real life fat trees", 2010), rotated by the flow's key.
  [[nodiscard]] std::int64_t switches() const override { return first_switch_.back(); }
  [[nodiscard]] std::int64_t edges() const override { return first_edge_.back(); }
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int nic) const override {
    return node / down(0) * rails_ + nic % rails_;
  }
  [[nodiscard]] std::int64_t groups() const override;
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override;
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override;
  [[nodiscard]] std::string title() const override;
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override;
  [[nodiscard]] std::uint64_t turn_of(const Flow& flow) const override;
  void detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
              std::vector<Hop>& out) const override {
    minimal(from, to, choice, out);
  }
  [[nodiscard]] std::int64_t twin_of(std::int64_t switch_index) const override;
  [[nodiscard]] double drawing_height() const override;
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;

 private:
  // The lowest level at which one subtree holds both leaves.
  [[nodiscard]] int turning_level(std::int64_t from, std::int64_t to) const;
  // Leaves below a switch of this level.
  [[nodiscard]] std::int64_t leaves_below(int level) const { return nodes_below(level) / down(0); }

  std::vector<std::int64_t> down_, up_, nodes_below_, columns_, first_switch_, first_edge_;
  std::int64_t rails_, nics_;
  std::optional<std::int64_t> ports_;
};

// Either ports and oversubscription, or down and up, never both. By ports, every NIC of a node
// takes a port of its leaf: a leaf holds as many whole nodes as its share of the ports has room
// for.
struct FatTreeSpec : TopologySpec {
  std::optional<int> levels;             // default: the fewest, at least 2, that hold the nodes
  std::int64_t ports = 0;                // of every switch
  std::vector<double> oversubscription;  // per level below the top, down : up; default 1
  std::vector<std::int64_t> down;        // of the leaves: nodes, whatever their NICs
  std::vector<std::int64_t> up;
  std::vector<LinkRate> link;  // one for all levels, or one per level below the top; per cable
  std::vector<int> cables{1};  // likewise: parallel cables of a link, striped by hardware
  std::int64_t rails = 1;      // at most as many as a node has NICs

  [[nodiscard]] std::string_view name() const override { return "fat_tree"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
};

FatTreeSpec read_fat_tree(ObjectReader& reader);

}  // namespace rehearse
