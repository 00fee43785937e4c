// What the specs of topologies refuse alike. Products are doubles: those of what a user wrote may
// be beyond any integer, and doubles are exact far beyond what is accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rehearse {

// "a torus needs a positive number of nodes per switch, not 0"
void expect_positive(std::string_view topology, std::string_view what, std::int64_t value);

// "a dragonfly cannot have a negative number of global links per router"
void expect_not_negative(std::string_view topology, std::string_view what, std::int64_t value);

// "5000 nodes do not fit the torus (it holds 4096): use larger 'dimensions'"
void expect_room(std::string_view topology, std::int64_t nodes, double capacity,
                 std::string_view remedy);

// What TopologySpec::capacity() returns for so many nodes: nothing if nobody can build that.
std::optional<std::int64_t> whole_capacity(double nodes);

// The product of positive factors.
double product_of(const std::vector<std::int64_t>& factors);

// Extents of a box of switches that holds the nodes: one to kMostDimensions, all positive.
void expect_box(std::string_view topology, const std::vector<std::int64_t>& extents,
                std::int64_t nodes_per_switch, std::int64_t nodes);

}  // namespace rehearse
