#include "topologies/shapes/dragonfly_plus.h"
#include "topologies/shapes/global_links_spec.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {

TopologySpec::Sized DragonflyPlusSpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  expect_positive("Dragonfly+", "leaves per group", leaves_per_group);
  expect_positive("Dragonfly+", "spines per group", spines_per_group);
  expect_positive("Dragonfly+", "nodes per leaf", nodes_per_leaf);
  expect_groups("Dragonfly+", "spine", groups, global_links_per_spine, global_links_per_pair);
  const double count =
      groups_for("Dragonfly+", nodes, product_of({leaves_per_group, nodes_per_leaf}), groups);
  const double switches = count * static_cast<double>(leaves_per_group + spines_per_group);
  const double inside = count * product_of({leaves_per_group, spines_per_group});
  const double per_pair =
      links_per_pair("spine", product_of({spines_per_group, global_links_per_spine}), count,
                     global_links_per_pair);
  expect_size(switches, 2 * inside + count * (count - 1) * per_pair);
  const GlobalLinks links(static_cast<std::int64_t>(count), spines_per_group,
                          static_cast<std::int64_t>(per_pair), arrangement);
  return {std::make_shared<DragonflyPlusShape>(leaves_per_group, spines_per_group, nodes_per_leaf,
                                               links),
          {symmetric_kind("local links", local, LinkClass::local),
           symmetric_kind("global links", global, LinkClass::global)}};
}

std::optional<std::int64_t> DragonflyPlusSpec::capacity() const {
  if (!groups) return {};
  return whole_capacity(product_of({*groups, leaves_per_group, nodes_per_leaf}));
}

}  // namespace rehearse
