#include "topologies/shapes/spec_checks.h"

#include <string>

#include "base/error.h"
#include "topologies/shapes/grid.h"

namespace rehearse {

void expect_positive(std::string_view topology, std::string_view what, std::int64_t value) {
  if (value >= 1) return;
  throw Error::input("a " + std::string(topology) + " needs a positive number of " +
                     std::string(what) + ", not " + std::to_string(value));
}

void expect_not_negative(std::string_view topology, std::string_view what, std::int64_t value) {
  if (value >= 0) return;
  throw Error::input("a " + std::string(topology) + " cannot have a negative number of " +
                     std::string(what));
}

void expect_room(std::string_view topology, std::int64_t nodes, double capacity,
                 std::string_view remedy) {
  if (static_cast<double>(nodes) <= capacity) return;
  throw Error::input(std::to_string(nodes) + " nodes do not fit the " + std::string(topology) +
                         " (it holds " + std::to_string(static_cast<std::int64_t>(capacity)) + ")",
                     "", std::string(remedy));
}

std::optional<std::int64_t> whole_capacity(double nodes) {
  if (nodes > 1e9) return {};
  return static_cast<std::int64_t>(nodes);
}

double product_of(const std::vector<std::int64_t>& factors) {
  double product = 1;
  for (const std::int64_t factor : factors) product *= static_cast<double>(factor);
  return product;
}

void expect_box(std::string_view topology, const std::vector<std::int64_t>& extents,
                std::int64_t nodes_per_switch, std::int64_t nodes) {
  if (extents.empty() || extents.size() > kMostDimensions) {
    throw Error::input("a " + std::string(topology) + " has 1 to " +
                       std::to_string(kMostDimensions) + " dimensions, not " +
                       std::to_string(extents.size()));
  }
  for (const std::int64_t extent : extents) {
    expect_positive(topology, "switches in each dimension", extent);
  }
  expect_positive(topology, "nodes per switch", nodes_per_switch);
  expect_room(topology, nodes, product_of(extents) * static_cast<double>(nodes_per_switch),
              "use larger 'dimensions' or more 'nodes_per_switch'");
}

}  // namespace rehearse
