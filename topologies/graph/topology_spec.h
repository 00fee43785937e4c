// What a user says about how switches are joined, before the number of nodes is known.
//
// A topology is a header of its own with its spec and its shape (topologies/shapes/dragonfly.h), an
// entry in topologies/shapes/known_topologies.cc that reads it, and its keys in
// scenarios/schema/network.json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topologies/graph/node_spec.h"
#include "topologies/shapes/shape.h"

namespace rehearse {

class TopologySpec {
 public:
  // What the edges of one kind are made of. Up links of a tree have another class than down links.
  struct EdgeKind {
    std::string what;  // for messages: "global links"
    LinkRate rate;     // of one cable, per direction
    LinkClass there;   // from a to b
    LinkClass back;
    int cables = 1;  // parallel cables over which the hardware stripes packets by itself
    std::optional<Bandwidth> bandwidth_back = std::nullopt;  // from b to a, if it differs
  };
  struct Sized {
    std::shared_ptr<const NetworkShape> shape;
    std::vector<EdgeKind> kinds;  // indexed by NetworkShape::Edge::kind
  };

  TopologySpec() = default;
  virtual ~TopologySpec() = default;

  // As in scenario files: "dragonfly".
  [[nodiscard]] virtual std::string_view name() const = 0;

  // A shape that holds the nodes; parts that they do not need are left out where the spec leaves
  // them open (levels, groups). Throws Error::input if the spec is no network, the nodes do not
  // fit, the switches cannot be connected, or there are more than kMostVertices switches or
  // kMostLinks links (topologies/graph/build.h); nothing large is allocated.
  [[nodiscard]] virtual Sized sized_for(std::int64_t nodes, const NodeSpec& node) const = 0;

  // The nodes that it holds when full, if the spec fixes that.
  [[nodiscard]] virtual std::optional<std::int64_t> capacity() const { return {}; }

 protected:
  TopologySpec(const TopologySpec&) = default;
  TopologySpec& operator=(const TopologySpec&) = default;
};

// Throws Error::input "the network is too large" unless both are within their bounds. Takes
// doubles, so that products cannot overflow; they are exact far beyond the bounds.
void expect_size(double vertices, double links);

// The shortest way to write an EdgeKind whose two directions are of one class.
TopologySpec::EdgeKind symmetric_kind(std::string what, LinkRate rate, LinkClass cls,
                                      int cables = 1);

}  // namespace rehearse
