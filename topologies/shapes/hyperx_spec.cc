#include "topologies/shapes/hyperx.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {

TopologySpec::Sized HyperXSpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  expect_box("HyperX", dimensions, nodes_per_switch, nodes);
  expect_positive("HyperX", "cables per link", link_cables);
  const double switches = product_of(dimensions);
  double ports = 0;
  for (const std::int64_t extent : dimensions) ports += static_cast<double>(extent - 1);
  expect_size(switches, switches * ports);
  return {std::make_shared<HyperXShape>(Grid(dimensions), nodes_per_switch),
          {symmetric_kind("links of the HyperX", link, LinkClass::dimension, link_cables)}};
}

std::optional<std::int64_t> HyperXSpec::capacity() const {
  return whole_capacity(product_of(dimensions) * static_cast<double>(nodes_per_switch));
}

}  // namespace rehearse
