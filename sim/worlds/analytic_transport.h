// Transport of the one rank that stands for all of them: a collective takes as long as its phases,
// each costed by its most loaded link or its slowest stream, plus latencies. No message is
// simulated.
//
// Collectives of different tasks that are under way at a time share the network: the transfer of a
// phase is a flow over one link of capacity 1, which stands for the most loaded one. It takes the
// seconds for which that is busy, no faster than the phase's slowest stream lets it. So phases side
// by side slow each other down only where they would ask for more than the link has. They are taken
// to share their most loaded link; phases that stay inside the nodes have a link apart.
//
// The rank is the last to arrive everywhere, so it waits for nobody. As under flow, a phase of k
// rounds pays k mean latencies, additions follow the transfer, staging precedes the first phase
// that leaves the node (sim/worlds/sim_transport.h). A phase of one round pays the latency of its
// slowest message. A rendezvous takes the longest route of its phase.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "runtime/world/world.h"
#include "sim/collectives/collective_pattern.h"
#include "sim/collectives/phase_cost.h"
#include "sim/engine/copy_engine.h"
#include "sim/noise/slowest_rank_noise.h"
#include "sim/worlds/sim_world.h"

namespace simgrid::s4u {
class Host;
}  // namespace simgrid::s4u

namespace rehearse {

class AnalyticTransport : public Transport {
 public:
  // Processors that do one unit of work per second stand for the links.
  struct Links {
    simgrid::s4u::Host* inside_nodes;
    simgrid::s4u::Host* between_nodes;
  };

  // Borrows patterns and noise. `shares_core` as in TaskCosts.
  AnalyticTransport(CollectivePatterns& patterns, const SlowestRankNoise& noise, bool shares_core,
                    const Links& links, RankHooks hooks);

  int rank() const override { return 0; }
  int size() const override { return patterns_.ranks(); }
  std::shared_ptr<const Group> world() const override { return patterns_.world(); }
  // Rank 0 of its group. Refuses a group that the patterns do not know (Error::input): what the
  // other ranks do at the same time would not be known.
  int rank_in(const Group& group) const override;
  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override {
    return run(group, schedule, tensor, nullptr);
  }
  Duration collective(const Group& group, const CollectiveCall& call,
                      const Tensor& tensor) override;
  Duration reduce_in_network(const Group& group, int ranks_per_node, const Tensor& tensor) override;
  Agreement agree_min(const Group& group, std::int64_t value) override;
  // Messages are refused (Error::input).
  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override;
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override;
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override;
  // Of rank 0.
  Bytes sent() const override { return sent_; }
  std::int64_t messages_sent() const override { return 0; }

 private:
  Duration run(const Group& group, const Schedule& schedule, const Tensor& tensor,
               const StepCosts* costs);
  // The elements that rank 0 sends; known again for a schedule of the same kind, ranks and size.
  double sent_in(const Schedule& schedule);
  [[nodiscard]] StepFactors factors(std::int64_t nodes) const;
  static void pass(simgrid::s4u::Host* link, const PhaseCost& cost);

  CollectivePatterns& patterns_;
  const SlowestRankNoise& noise_;
  bool shares_core_;
  Links links_;
  RankHooks hooks_;
  Bytes sent_;
  std::map<std::tuple<std::string, int, std::int64_t>, double> elements_sent_;
  CopyEngines engines_;
};

}  // namespace rehearse
