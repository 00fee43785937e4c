#include <string>

#include "base/error.h"
#include "topologies/shapes/slim_fly.h"
#include "topologies/shapes/spec_checks.h"

namespace rehearse {
namespace {

double switches_of(std::int64_t q) { return 2 * static_cast<double>(q) * static_cast<double>(q); }

// Throws unless the network of q is small enough to be built.
void expect_slim_size(std::int64_t q) {
  expect_size(switches_of(q), switches_of(q) * 1.5 * static_cast<double>(q));
}

std::int64_t per_switch(const SlimFlySpec& spec, std::int64_t q) {
  return spec.nodes_per_switch.value_or((SlimFlyShape::degree(q) + 1) / 2);
}

double holds(const SlimFlySpec& spec, std::int64_t q) {
  return switches_of(q) * static_cast<double>(per_switch(spec, q));
}

std::int64_t smallest_q(const SlimFlySpec& spec, std::int64_t nodes) {
  std::int64_t q = 3;
  while (!SlimFlyShape::exists(q) || holds(spec, q) < static_cast<double>(nodes)) {
    expect_slim_size(++q);
  }
  return q;
}

}  // namespace

TopologySpec::Sized SlimFlySpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  expect_positive("Slim Fly", "nodes per switch", nodes_per_switch.value_or(1));
  if (q && !SlimFlyShape::exists(*q)) {
    throw Error::input("there is no Slim Fly of q = " + std::to_string(*q),
                       "q is a prime power above 2", "use 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, …");
  }
  if (q) {
    expect_slim_size(*q);
    expect_room("Slim Fly", nodes, holds(*this, *q), "use a larger 'q' or more 'nodes_per_switch'");
  }
  const std::int64_t size = q ? *q : smallest_q(*this, nodes);
  return {std::make_shared<SlimFlyShape>(size, per_switch(*this, size)),
          {symmetric_kind("local links", local, LinkClass::local),
           symmetric_kind("global links", global, LinkClass::global)}};
}

std::optional<std::int64_t> SlimFlySpec::capacity() const {
  if (!q || *q < 3) return {};
  return whole_capacity(holds(*this, *q));
}

}  // namespace rehearse
