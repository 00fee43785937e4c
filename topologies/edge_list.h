// Collects the links of a network while a builder walks over its shape.
#pragma once

#include <cstdint>

#include "topologies/network.h"
#include "topologies/network_spec.h"

namespace rehearse {

class EdgeList {
 public:
  EdgeList(std::int64_t nodes, const NodeSpec& node, NetworkShape shape);

  // Registers a rate; the number returned stands for it in connect().
  std::uint16_t kind(LinkRate rate, LinkClass cls, int cables = 1);

  // Two links, a -> b of kind `there` and b -> a of kind `back`.
  void connect(std::int64_t a, std::int64_t b, std::uint16_t there, std::uint16_t back);

  // Device links and injection links of all nodes. Called first, once.
  void connect_nodes(const NodeSpec& node, LinkRate injection);

  [[nodiscard]] std::int64_t first_switch() const { return first_switch_; }
  [[nodiscard]] const NetworkShape& shape() const { return parts_.shape; }

  Network finish() && { return Network(std::move(parts_)); }

 private:
  Network::Parts parts_;
  std::int64_t first_switch_;
};

}  // namespace rehearse
