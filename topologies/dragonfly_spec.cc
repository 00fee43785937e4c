#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "topologies/dragonfly.h"

namespace rehearse {
namespace {

void expect_positive(const char* what, std::int64_t value) {
  if (value >= 1) return;
  throw Error::input(std::string("a dragonfly needs a positive number of ") + what + ", not " +
                     std::to_string(value));
}

double pairs(double n) { return n * (n - 1) / 2; }

// As many links between two groups as their routers can hold, if the user leaves it open.
double links_per_pair(const DragonflySpec& spec, double ends, double groups) {
  if (groups < 2) return static_cast<double>(spec.global_links_per_pair.value_or(0));
  double links = std::floor(ends / (groups - 1));
  if (spec.global_links_per_pair) links = static_cast<double>(*spec.global_links_per_pair);
  if (links * (groups - 1) > ends || (links < 1 && !spec.global_links_per_pair)) {
    const auto count = [](double value) {
      return std::to_string(static_cast<std::int64_t>(value));
    };
    throw Error::input(
        "the global links of " + count(groups) + " groups do not fit (each group needs " +
            count(std::max(links, 1.0) * (groups - 1)) + " and its routers have " + count(ends) +
            ")",
        "", "use fewer groups, fewer 'global_links_per_pair' or more 'global_links_per_router'");
  }
  return links;
}

}  // namespace

TopologySpec::Sized DragonflySpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  expect_positive("chassis per group", chassis_per_group);
  expect_positive("routers per group", routers_per_chassis);
  expect_positive("nodes per router", nodes_per_router);
  expect_positive("groups", groups.value_or(1));
  if (global_links_per_router < 0 || global_links_per_pair.value_or(0) < 0) {
    throw Error::input("a dragonfly cannot have a negative number of global links");
  }
  const auto chassis = static_cast<double>(chassis_per_group);
  const auto slots = static_cast<double>(routers_per_chassis);
  const double routers = chassis * slots;
  const double per_group = routers * static_cast<double>(nodes_per_router);
  const double needed = std::ceil(static_cast<double>(nodes) / per_group);
  const double count = groups ? static_cast<double>(*groups) : needed;
  if (count < needed) {
    throw Error::input(std::to_string(nodes) + " nodes do not fit the dragonfly (" +
                           std::to_string(*groups) + " groups of " +
                           std::to_string(static_cast<std::int64_t>(per_group)) + " nodes)",
                       "", "use more groups");
  }
  expect_size(count * routers, 2 * count * (chassis * pairs(slots) + slots * pairs(chassis)));
  const double links =
      links_per_pair(*this, routers * static_cast<double>(global_links_per_router), count);
  expect_size(count * routers, 2 * pairs(count) * links);
  if (count > 1 && links == 0) {
    throw Error::input("the network is not connected",
                       "its " + std::to_string(static_cast<std::int64_t>(count)) +
                           " groups have no links between them",
                       "give it global links");
  }
  return {std::make_shared<DragonflyShape>(static_cast<std::int64_t>(count), chassis_per_group,
                                           routers_per_chassis, nodes_per_router,
                                           static_cast<std::int64_t>(links)),
          {symmetric_kind("local links", local, LinkClass::local),
           symmetric_kind("local links of rank 2", local2, LinkClass::local2, local2_cables),
           symmetric_kind("global links", global, LinkClass::global)}};
}

std::optional<std::int64_t> DragonflySpec::capacity() const {
  if (!groups) return {};
  // As doubles: the product of what a user wrote may be beyond any integer.
  const double full = static_cast<double>(*groups) * static_cast<double>(chassis_per_group) *
                      static_cast<double>(routers_per_chassis) *
                      static_cast<double>(nodes_per_router);
  if (full > 1e9) return {};
  return static_cast<std::int64_t>(full);
}

}  // namespace rehearse
