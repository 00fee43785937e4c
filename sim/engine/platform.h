// A Network as a SimGrid platform: one host per placed worker (and per node of other jobs, if these
// communicate), our links, our routes.
//
// Routes are computed per flow by the Router when it starts, so no table grows with the square of
// the hosts. Routings by load see the flows that are under way (sim/network/active_flows.h). The
// network model is CM02 without factors and without cross-traffic: max-min fair sharing of the
// nominal bandwidths, no limit by a TCP window (a gamma of 0 would lift the limits that flows ask
// for as well). Links and routes have no latency, which CM02 would take for the weight of a flow:
// sim/network/carrier.h.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/network/carrier.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace simgrid::s4u {
class Engine;
class Host;
}  // namespace simgrid::s4u

namespace rehearse {

// The process-wide SimGrid engine, configured for this project. REQUIRES: at most one in a
// process's life (SimGrid 3.32 cannot be started twice).
class SimEngine {
 public:
  SimEngine();
  ~SimEngine();
  SimEngine(const SimEngine&) = delete;
  SimEngine& operator=(const SimEngine&) = delete;

  // Borrows network and router until the end of the run.
  std::vector<simgrid::s4u::Host*> build(const Network& network, const Router& router,
                                         const std::vector<EndpointId>& workers,
                                         const ReceiveLoops& loops = {});
  // Hosts that are joined to nothing and do one unit of work per second.
  std::vector<simgrid::s4u::Host*> build_alone(int hosts);
  void run();

 private:
  simgrid::s4u::Engine* engine_;
};

}  // namespace rehearse
