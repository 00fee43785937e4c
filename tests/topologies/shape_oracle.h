// Checks a shape against nothing but its own list of edges.
#pragma once

#include <vector>

#include "topologies/shapes/shape.h"

namespace rehearse {

class ShapeOracle {
 public:
  explicit ShapeOracle(const NetworkShape& shape);

  // Edges at a switch.
  [[nodiscard]] std::int64_t degree(std::int64_t switch_index) const;
  // Hops to every switch, by breadth-first search; -1 where none leads.
  [[nodiscard]] std::vector<int> distances(std::int64_t from) const;
  // The most hops between any two of the switches.
  [[nodiscard]] int diameter() const;
  // Does the route lead from one switch to the other, each hop from where the last one ended?
  [[nodiscard]] bool leads(std::int64_t from, std::int64_t to,
                           const std::vector<NetworkShape::Hop>& route) const;

 private:
  std::vector<NetworkShape::Edge> edges_;
  std::vector<std::vector<std::int64_t>> neighbours_;
};

// Fails unless between any two of the leaves every turn below minimal_routes() is a route of its
// own, a path, and as short as breadth-first search says (`shortest`; routes of a dragonfly take
// one global link where two may be shorter); unless larger turns give one of them; and unless
// detours are paths.
void expect_routes(const NetworkShape& shape, const std::vector<std::int64_t>& leaves,
                   bool shortest = true);

// The switches on which the first `nodes` nodes hang.
std::vector<std::int64_t> leaves_of(const NetworkShape& shape, std::int64_t nodes);

}  // namespace rehearse
