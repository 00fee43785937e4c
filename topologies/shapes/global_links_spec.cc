#include "topologies/shapes/global_links_spec.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {
namespace {

std::string whole(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

}  // namespace

void expect_groups(std::string_view topology, const std::string& holder,
                   std::optional<std::int64_t> groups, std::int64_t links_per_holder,
                   std::optional<std::int64_t> links_per_pair) {
  expect_positive(topology, "groups", groups.value_or(1));
  expect_not_negative(topology, "global links per " + holder, links_per_holder);
  expect_not_negative(topology, "global links per pair", links_per_pair.value_or(0));
}

double groups_for(std::string_view topology, std::int64_t nodes, double nodes_per_group,
                  std::optional<std::int64_t> asked) {
  const double needed = std::ceil(static_cast<double>(nodes) / nodes_per_group);
  if (!asked) return needed;
  if (static_cast<double>(*asked) < needed) {
    throw Error::input(std::to_string(nodes) + " nodes do not fit the " + std::string(topology) +
                           " (" + std::to_string(*asked) + " groups of " + whole(nodes_per_group) +
                           " nodes)",
                       "", "use fewer nodes or more groups");
  }
  return static_cast<double>(*asked);
}

double links_per_pair(const std::string& holder, double ends, double groups,
                      std::optional<std::int64_t> asked) {
  if (groups < 2) return static_cast<double>(asked.value_or(0));
  const double links = asked ? static_cast<double>(*asked) : std::floor(ends / (groups - 1));
  if (links * (groups - 1) > ends || (links < 1 && !asked)) {
    throw Error::input("the global links of " + whole(groups) +
                           " groups do not fit (each group needs " +
                           whole(std::max(links, 1.0) * (groups - 1)) + " and its " + holder +
                           "s have " + whole(ends) + ")",
                       "",
                       "use fewer nodes or groups, fewer 'global_links_per_pair' or more "
                       "'global_links_per_" +
                           holder + "'");
  }
  if (links == 0) {
    throw Error::input("the network is not connected",
                       "its " + whole(groups) + " groups have no links between them",
                       "give it global links");
  }
  return links;
}

}  // namespace rehearse
