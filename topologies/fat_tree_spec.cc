#include <cmath>
#include <string>

#include "base/error.h"
#include "base/quantity_text.h"
#include "topologies/fat_tree.h"
#include "topologies/spec_checks.h"

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

// The arities of `levels` levels of equal switches.
void fill_from_ports(const FatTreeSpec& spec, int levels, std::vector<std::int64_t>& down,
                     std::vector<std::int64_t>& up) {
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
    down.push_back(split.down);
    up.push_back(split.up);
  }
  down.push_back(spec.ports);
}

std::string whole(double count) {
  return count < 1e15 ? std::to_string(static_cast<std::int64_t>(count)) : significant(count);
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

// Leaves away the subtrees below the top that hold nothing; routes between the others stay.
void trim_top(std::vector<std::int64_t>& down, double children) {
  const double below = product_of(down) / static_cast<double>(down.back());
  const double needed = std::ceil(children / below);
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

}  // namespace

double FatTreeSpec::children(std::int64_t nodes, std::int64_t per_leaf,
                             const NodeSpec& node) const {
  if (!rails) return static_cast<double>(nodes);
  const auto leaf = static_cast<double>(per_leaf);
  return std::ceil(static_cast<double>(nodes) / leaf) * leaf * node.nics;
}

TopologySpec::Sized FatTreeSpec::sized_for(std::int64_t nodes, const NodeSpec& node) const {
  std::vector<std::int64_t> downs = down;
  std::vector<std::int64_t> ups = up;
  if (!downs.empty()) {
    expect_arities(*this);
  } else {
    if (ports < 2) throw Error::input("a fat-tree needs switches of at least 2 ports");
    if (levels && (*levels < 1 || *levels > kMostLevels)) {
      throw Error::input("a fat-tree has 1 to 8 levels, not " + std::to_string(*levels));
    }
    int height = levels.value_or(2);
    fill_from_ports(*this, height, downs, ups);
    while (!levels && product_of(downs) < children(nodes, downs[0], node) && height < kMostLevels) {
      fill_from_ports(*this, ++height, downs, ups);
    }
    if (oversubscription.size() > 1 && oversubscription.size() != ups.size()) {
      throw Error::input("'oversubscription' has " + std::to_string(oversubscription.size()) +
                             " entries, but the tree has " + std::to_string(ups.size()) +
                             " levels below its top",
                         "", "give one number, or one per level below the top");
    }
  }
  const double needed = children(nodes, downs[0], node);
  if (product_of(downs) < needed) {
    const char* what = rails ? " NICs do not fit the fat-tree (it holds "
                             : " nodes do not fit the fat-tree (it holds ";
    throw Error::input(whole(needed) + what + whole(product_of(downs)) + ")", "",
                       "use more levels or switches with more ports");
  }
  trim_top(downs, needed);
  expect_tree_size(downs, ups);
  if (link.size() != 1 && link.size() != ups.size()) {
    throw Error::input("the links of the fat-tree have " + std::to_string(link.size()) +
                           " rates for " + std::to_string(ups.size()) + " levels",
                       "", "give one rate, or one per level below the top");
  }
  Sized sized;
  for (std::size_t level = 0; level < ups.size(); ++level) {
    sized.kinds.push_back({"links of the fat-tree", link[link.size() == 1 ? 0 : level],
                           LinkClass::up, LinkClass::down});
  }
  sized.shape =
      std::make_shared<FatTreeShape>(std::move(downs), std::move(ups), rails ? node.nics : 1);
  return sized;
}

}  // namespace rehearse
