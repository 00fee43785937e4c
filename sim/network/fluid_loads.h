// The flows of a FluidNetwork as a routing by load sees them.
#pragma once

#include "sim/network/fluid_network.h"
#include "topologies/routing/router.h"

namespace rehearse {

class FluidLoads : public LinkLoads {
 public:
  explicit FluidLoads(const FluidNetwork& fluid) : fluid_(fluid) {}
  [[nodiscard]] double flows(LinkId link) const override { return fluid_.flows_on(link); }

 private:
  const FluidNetwork& fluid_;
};

}  // namespace rehearse
