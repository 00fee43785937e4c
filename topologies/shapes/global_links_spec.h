// Sizes of networks of groups: how many groups, and how many links between two of them. Doubles
// for the reason given in topologies/shapes/spec_checks.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rehearse {

// Refuses numbers that no network of groups has. `holder` names the switches that hold global
// links: "router".
void expect_groups(std::string_view topology, const std::string& holder,
                   std::optional<std::int64_t> groups, std::int64_t links_per_holder,
                   std::optional<std::int64_t> links_per_pair);

// As asked, or as many as hold the nodes. Throws Error::input if they do not fit.
double groups_for(std::string_view topology, std::int64_t nodes, double nodes_per_group,
                  std::optional<std::int64_t> asked);

// As asked, or as many as the `ends` global ports of a group allow. `holder` names the switches
// that have them: "router". Throws Error::input if they do not fit, or if there are none between
// several groups.
double links_per_pair(const std::string& holder, double ends, double groups,
                      std::optional<std::int64_t> asked);

}  // namespace rehearse
