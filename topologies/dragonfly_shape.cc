#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "topologies/shape_of_spec.h"

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

DragonflyShape dragonfly_shape(const DragonflySpec& spec, std::int64_t nodes) {
  expect_positive("chassis per group", spec.chassis_per_group);
  expect_positive("routers per group", spec.routers_per_chassis);
  expect_positive("nodes per router", spec.nodes_per_router);
  expect_positive("groups", spec.groups.value_or(1));
  if (spec.global_links_per_router < 0 || spec.global_links_per_pair.value_or(0) < 0) {
    throw Error::input("a dragonfly cannot have a negative number of global links");
  }
  const auto chassis = static_cast<double>(spec.chassis_per_group);
  const auto slots = static_cast<double>(spec.routers_per_chassis);
  const double routers = chassis * slots;
  const double per_group = routers * static_cast<double>(spec.nodes_per_router);
  const double needed = std::ceil(static_cast<double>(nodes) / per_group);
  const double groups = spec.groups ? static_cast<double>(*spec.groups) : needed;
  if (groups < needed) {
    throw Error::input(std::to_string(nodes) + " nodes do not fit the dragonfly (" +
                           std::to_string(*spec.groups) + " groups of " +
                           std::to_string(static_cast<std::int64_t>(per_group)) + " nodes)",
                       "", "use more groups");
  }
  expect_size(groups * routers, 2 * groups * (chassis * pairs(slots) + slots * pairs(chassis)));
  const double links =
      links_per_pair(spec, routers * static_cast<double>(spec.global_links_per_router), groups);
  expect_size(groups * routers, 2 * pairs(groups) * links);
  return {static_cast<std::int64_t>(groups), spec.chassis_per_group, spec.routers_per_chassis,
          spec.nodes_per_router, static_cast<std::int64_t>(links)};
}

}  // namespace rehearse
