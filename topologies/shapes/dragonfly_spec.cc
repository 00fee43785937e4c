#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/global_links_spec.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {
namespace {

double pairs(double n) { return n * (n - 1) / 2; }

}  // namespace

TopologySpec::Sized DragonflySpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  expect_positive("dragonfly", "chassis per group", chassis_per_group);
  expect_positive("dragonfly", "routers per group", routers_per_chassis);
  expect_positive("dragonfly", "nodes per router", nodes_per_router);
  expect_groups("dragonfly", "router", groups, global_links_per_router, global_links_per_pair);
  const auto chassis = static_cast<double>(chassis_per_group);
  const auto slots = static_cast<double>(routers_per_chassis);
  const double routers = chassis * slots;
  const double per_group = routers * static_cast<double>(nodes_per_router);
  const double count = groups_for("dragonfly", nodes, per_group, groups);
  expect_size(count * routers, 2 * count * (chassis * pairs(slots) + slots * pairs(chassis)));
  const double links =
      links_per_pair("router", routers * static_cast<double>(global_links_per_router), count,
                     global_links_per_pair);
  expect_size(count * routers, 2 * pairs(count) * links);
  return {std::make_shared<DragonflyShape>(static_cast<std::int64_t>(count), chassis_per_group,
                                           routers_per_chassis, nodes_per_router,
                                           static_cast<std::int64_t>(links), arrangement),
          {symmetric_kind("local links", local, LinkClass::local),
           symmetric_kind("local links of rank 2", local2, LinkClass::local2, local2_cables),
           symmetric_kind("global links", global, LinkClass::global)}};
}

std::optional<std::int64_t> DragonflySpec::capacity() const {
  if (!groups) return {};
  return whole_capacity(
      product_of({*groups, chassis_per_group, routers_per_chassis, nodes_per_router}));
}

}  // namespace rehearse
