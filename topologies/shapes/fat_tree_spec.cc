#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/quantity_text.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {
namespace {

constexpr int kMostLevels = 8;

struct Ports {
  std::int64_t down, up;
};

// Divides the ports of a switch so that down : up comes as near to `ratio` as whole ports allow.
Ports split_ports(std::int64_t ports, double ratio) {
  if (!(ratio > 0) || !std::isfinite(ratio)) {
    throw Error::input("an oversubscription of " + significant(ratio) + " is not a ratio",
                       "down : up must be positive", "use 1 for a full-bisection tree");
  }
  const auto up = std::llround(static_cast<double>(ports) / (1 + ratio));
  if (up < 1 || up >= ports) {
    throw Error::input("an oversubscription of " + significant(ratio) + " leaves no port of " +
                       std::to_string(ports) + " for one of the two directions");
  }
  return {ports - up, up};
}

// The nodes for which `ports` of a leaf have room, at `cables` of each.
std::int64_t whole_nodes(std::int64_t ports, std::int64_t cables) {
  if (ports >= cables) return ports / cables;
  throw Error::input("a leaf of the fat-tree has " + std::to_string(ports) +
                         " ports for nodes, too few for one of them",
                     "a node has " + std::to_string(cables) + " NICs on a leaf",
                     "give 'rails', as many as it has NICs, or switches with more ports");
}

// The arities of `levels` levels of equal switches; a node has `cables` on a leaf.
void fill_from_ports(const FatTreeSpec& spec, int levels, std::int64_t cables,
                     std::vector<std::int64_t>& down, std::vector<std::int64_t>& up) {
  down.clear();
  up.clear();
  for (int level = 0; level + 1 < levels; ++level) {
    const auto i = static_cast<std::size_t>(level);
    double ratio = 1;
    if (spec.oversubscription.size() == 1) ratio = spec.oversubscription.front();
    if (spec.oversubscription.size() > 1 && i < spec.oversubscription.size()) {
      ratio = spec.oversubscription[i];
    }
    const Ports split = split_ports(spec.ports, ratio);
    down.push_back(level == 0 ? whole_nodes(split.down, cables) : split.down);
    up.push_back(split.up);
  }
  down.push_back(levels == 1 ? whole_nodes(spec.ports, cables) : spec.ports);
}

void expect_arities(const FatTreeSpec& spec) {
  if (spec.down.size() != spec.up.size() + 1 || spec.down.size() > kMostLevels) {
    throw Error::input("a fat-tree of " + std::to_string(spec.down.size()) + " 'down' and " +
                           std::to_string(spec.up.size()) + " 'up' arities does not exist",
                       "the top level has no up ports",
                       "give one entry of 'down' per level (at most 8) and one fewer of 'up'");
  }
  for (const auto* arities : {&spec.down, &spec.up}) {
    for (const std::int64_t arity : *arities) {
      if (arity < 1) throw Error::input("a fat-tree needs positive arities in 'down' and 'up'");
    }
  }
}

// Leaves away the subtrees below the top that hold no node; routes between the others stay.
void trim_top(std::vector<std::int64_t>& down, double nodes) {
  const double below = product_of(down) / static_cast<double>(down.back());
  const double needed = std::ceil(nodes / below);
  if (needed < static_cast<double>(down.back())) down.back() = static_cast<std::int64_t>(needed);
}

void expect_tree_size(const std::vector<std::int64_t>& down, const std::vector<std::int64_t>& up) {
  double switches = 0;
  double edges = 0;
  double subtrees = product_of(down);
  double columns = 1;
  for (std::size_t level = 0; level < down.size(); ++level) {
    subtrees /= static_cast<double>(down[level]);
    switches += subtrees * columns;
    if (level == up.size()) break;
    edges += subtrees * columns * static_cast<double>(up[level]);
    columns *= static_cast<double>(up[level]);
  }
  expect_size(switches, 2 * edges);
}

// Places for nodes on all rails, whole leaves where there are several.
double places(std::int64_t nodes, const std::vector<std::int64_t>& down, std::int64_t rails) {
  if (rails == 1) return static_cast<double>(nodes);
  const std::int64_t blocks = (nodes + down.front() - 1) / down.front();
  return static_cast<double>(blocks) * static_cast<double>(down.front() * rails);
}

void expect_per_level(const char* what, std::size_t given, std::size_t levels) {
  if (given == 1 || given == levels) return;
  throw Error::input(std::string("the links of the fat-tree have ") + std::to_string(given) + " " +
                         what + " for " + std::to_string(levels) + " levels",
                     "", "give one, or one per level below the top");
}

}  // namespace

TopologySpec::Sized FatTreeSpec::sized_for(std::int64_t nodes, const NodeSpec& node) const {
  std::vector<std::int64_t> downs = down;
  std::vector<std::int64_t> ups = up;
  const std::int64_t on = std::min<std::int64_t>(rails, node.nics);
  std::optional<std::int64_t> stated;
  if (!downs.empty()) {
    expect_arities(*this);
  } else {
    if (ports < 2) throw Error::input("a fat-tree needs switches of at least 2 ports");
    if (levels && (*levels < 1 || *levels > kMostLevels)) {
      throw Error::input("a fat-tree has 1 to 8 levels, not " + std::to_string(*levels));
    }
    stated = ports;
    const std::int64_t cables_on_leaf = (node.nics + on - 1) / on;
    int height = levels.value_or(2);
    fill_from_ports(*this, height, cables_on_leaf, downs, ups);
    while (!levels && product_of(downs) < places(nodes, downs, on) && height < kMostLevels) {
      fill_from_ports(*this, ++height, cables_on_leaf, downs, ups);
    }
    if (oversubscription.size() > 1 && oversubscription.size() != ups.size()) {
      throw Error::input("'oversubscription' has " + std::to_string(oversubscription.size()) +
                             " entries, but the tree has " + std::to_string(ups.size()) +
                             " levels below its top",
                         "", "give one number, or one per level below the top");
    }
  }
  if (product_of(downs) < places(nodes, downs, on)) {
    // Whole blocks of nodes that share their leaves.
    const auto block = static_cast<double>(downs.front() * on);
    const double room = std::floor(product_of(downs) / block) * static_cast<double>(downs.front());
    expect_room("fat-tree", nodes, room,
                "use fewer nodes, more levels or switches with more ports");
  }
  trim_top(downs, places(nodes, downs, on));
  expect_tree_size(downs, ups);
  expect_per_level("rates", link.size(), ups.size());
  expect_per_level("numbers of cables", cables.size(), ups.size());
  if (on > 1 && ups.empty()) {
    throw Error::input("a fat-tree of one level has one switch and one rail");
  }
  Sized sized;
  for (std::size_t level = 0; level < ups.size(); ++level) {
    sized.kinds.push_back({"links of the fat-tree", link[link.size() == 1 ? 0 : level],
                           LinkClass::up, LinkClass::down, cables[cables.size() == 1 ? 0 : level]});
  }
  sized.shape =
      std::make_shared<FatTreeShape>(std::move(downs), std::move(ups), on, node.nics, stated);
  return sized;
}

}  // namespace rehearse
