// What all ranks of a simulated run share: who sits where, how fast streams are, and how many have
// arrived at a collective.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "runtime/world.h"
#include "sim/fidelity.h"
#include "sim/noise.h"
#include "topologies/fabric_profile.h"
#include "topologies/network.h"
#include "topologies/router.h"

namespace rehearse {

// What the simulator must know of one phase of a schedule over placed ranks.
struct PhasePlan {
  Phase phase;
  std::vector<int> incoming;    // flows that arrive, by rank in the group
  Duration mean_route_latency;  // over the flows
  Duration mean_step_latency;
};

// One call of a collective by all members of a group.
struct Meeting {
  int arrived = 0;
  int left = 0;
  Duration last_arrival;
  std::int64_t least = 0;         // of agree_min
  std::vector<PhasePlan> phases;  // of execute at flow fidelity
  simgrid::s4u::BarrierPtr barrier;
};

class Fabric {
 public:
  // Borrows everything; `workers[r]` is the device of rank r.
  Fabric(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
         const FabricProfile& profile, const NoiseModel& noise, CollectiveFidelity fidelity);

  [[nodiscard]] const std::shared_ptr<const Group>& world() const { return world_; }
  [[nodiscard]] CollectiveFidelity fidelity() const { return fidelity_; }
  [[nodiscard]] const FabricProfile& profile() const { return profile_; }
  [[nodiscard]] const NoiseModel& noise() const { return noise_; }

  [[nodiscard]] bool same_node(int a, int b) const;
  // The most that a stream from rank a to rank b carries in `step`, bytes/s; negative: unlimited.
  [[nodiscard]] double stream_rate(int a, int b, std::int64_t step) const;
  // What a step of a collective from a to b costs beyond its bytes and the route, without noise.
  [[nodiscard]] Duration step_latency(int a, int b) const;

  // The group's `turn`-th collective; made by the first to ask.
  Meeting& meeting(const Group& group, std::int64_t turn);
  // The caller is done with it; the last one frees it.
  void leave(const Group& group, std::int64_t turn);

  [[nodiscard]] std::vector<PhasePlan> plan(const Group& group, const Schedule& schedule) const;

  // The channel of messages from world rank a to world rank b.
  simgrid::s4u::Mailbox* mailbox(int a, int b);
  // The channel of all flows to a rank.
  simgrid::s4u::Mailbox* mailbox(int to);

 private:
  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  const FabricProfile& profile_;
  const NoiseModel& noise_;
  CollectiveFidelity fidelity_;
  std::shared_ptr<const Group> world_;
  // By rank: its node, counted in the order in which the job uses them. Draws of noise go by this
  // number, so that two placements of a job differ by their routes and not by their luck.
  std::vector<std::int64_t> node_of_job_;
  std::map<std::pair<int, std::int64_t>, std::unique_ptr<Meeting>> meetings_;
  std::unordered_map<std::uint64_t, simgrid::s4u::Mailbox*> mailboxes_;
};

}  // namespace rehearse
