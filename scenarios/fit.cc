#include "scenarios/fit.h"

#include <set>
#include <string>

#include "base/error.h"

namespace rehearse {
void expect_network_fits(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node) {
  const auto count = static_cast<double>(nodes);
  const double vertices = count * (node.devices > 1 ? node.devices + 1.0 : 1.0);
  const double links = 2 * count * node.links();
  expect_size(vertices, links);
  const TopologySpec::Sized sized = spec.topology->sized_for(nodes, node);
  expect_size(vertices + static_cast<double>(sized.shape->switches()),
              links + 2 * static_cast<double>(sized.shape->edges()));
}

void expect_placement_fits(const Placement& placement, std::int64_t nodes,
                           const ObjectReader& cluster) {
  if (placement.kind != Placement::Kind::explicit_nodes) return;
  if (placement.nodes.empty()) {
    throw cluster.error_at("placement", "the list of nodes is empty", "", "list at least one node");
  }
  std::set<std::int64_t> taken;
  for (std::size_t i = 0; i < placement.nodes.size(); ++i) {
    const std::int64_t node = placement.nodes[i];
    const std::string entry = "placement/" + std::to_string(i);
    if (node >= nodes) {
      throw cluster.error_at(entry, "there is no node " + std::to_string(node),
                             "nodes count from 0 to " + std::to_string(nodes - 1));
    }
    if (!taken.insert(node).second) {
      throw cluster.error_at(entry, "node " + std::to_string(node) + " is listed twice", "",
                             "list each node once");
    }
  }
}

}  // namespace rehearse
