// What a collective of a job asks of the network, in shares of its buffer: computed
// once per kind of schedule, good for buffers of all sizes.
//
// Every phase of the schedule is routed over the real graph (topologies/routing/traffic.h). What
// remains of it are a few numbers and one share per link: memory grows with links and ranks, never
// with pairs of ranks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/collectives/schedule.h"
#include "runtime/world/world.h"
#include "sim/network/reduction_stream.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"
#include "topologies/routing/traffic.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Shares are of the bytes of the buffer; times are per byte of the buffer, s. What travels between
// nodes carries its headers on the links (MessageEnds::wire_efficiency).
struct PhasePattern {
  // The flows inside the nodes, or between them.
  struct Flows {
    std::int64_t count = 0;
    std::int64_t nodes = 0;  // that send
    double share = 0;        // of the largest flow, and
    int messages = 0;        // of how many it consists
    double sent = 0;         // the most that a rank sends by such flows together
    Duration mean_route;     // of a phase with known steps
  };

  int rounds = 1;
  int slices = 1;  // of the schedule that was traced
  Flows local, remote;
  // By how much the phase lengthens the way of the slowest rank; every flow is as fast as its share
  // of the most loaded link on its way, among which is its receiver's event loop if it has one.
  double bottleneck = 0;
  Duration mean_route, longest_route;
  double additions = 0;   // and gather copies, of the rank that takes longest
  double copied = 0;      // share that a core copies at most; 0 unless cores copy
  double switched = 0;    // share that a device gives to its node's switch, and takes
  Bandwidth switch_link;  // of a device to that switch
  // NICs for each rank of a node that sends to other nodes; less than 1 where they share.
  double nics_per_sender = 1;
};

struct CollectivePattern {
  std::vector<PhasePattern> phases;
  double staged = 0;                // the most that a rank exchanges with other nodes
  std::vector<double> link_shares;  // by link, of all phases together
  double messages = 0;              // in all
  double hops = 0;                  // links that they travel over, in all
};

// What a sum over the nodes by the switches asks of it (Transport::reduce_in_network), of all
// sister groups together.
struct ReductionPattern {
  double share = 0;                 // of one stream
  std::int64_t nodes = 0;           // that send
  double bottleneck = 0;            // of links and adders, s per byte of the buffer
  Duration latency;                 // of the slowest way up and down
  std::vector<double> link_shares;  // by link
  double messages = 0;              // a rank's way to the root, and back
  double hops = 0;                  // links that they travel over, in all
};

// Sister groups: disjoint, all ranks together, of one size. They run the same collectives at the
// same time, so that a pattern is that of all of them.
using GroupFamily = std::vector<std::shared_ptr<const Group>>;

class CollectivePatterns {
 public:
  // Borrows everything; `workers[r]` is the device of rank r. Where ranks share a core with their
  // computation, and the profile knows a rate inside a node, the cores copy what stays there and it
  // uses no link (sim/worlds/sim_transport.h). `families`: the groups besides that of all ranks.
  CollectivePatterns(const Network& network, const Router& router,
                     const std::vector<EndpointId>& workers, const StackProfile& profile,
                     bool shares_core, std::vector<GroupFamily> families = {});

  [[nodiscard]] const std::shared_ptr<const Group>& world() const {
    return families_.front().front();
  }

  // Whether it is the world or in one of the families.
  [[nodiscard]] bool knows(const Group& group) const { return family_of_.contains(group.id()); }

  // REQUIRES: knows the group, over whose ranks the schedule is. The reference stays good, but that
  // of a schedule without a kind only until the next such call.
  const CollectivePattern& of(const Group& group, const Schedule& schedule);

  // Under a routing by load: by phase, how long its flows take that start together in an otherwise
  // idle network, each choosing as it would under flow fidelity, s per byte of the buffer. The
  // patterns split the flows instead, which is faster and knows of no accidents. REQUIRES: as `of`,
  // of a schedule with a kind.
  const std::vector<double>& under_load(const Group& group, const Schedule& schedule);
  [[nodiscard]] bool looks_at_load() const { return router_.looks_at_load(); }

  // REQUIRES: knows the group; as ReductionStreams::of.
  const ReductionPattern& reduction(const Group& group, int ranks_per_node);

  [[nodiscard]] const StackProfile& profile() const { return profile_; }
  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] EndpointId device(int rank) const {
    return workers_[static_cast<std::size_t>(rank)];
  }
  [[nodiscard]] bool cores_copy() const { return cores_copy_; }
  [[nodiscard]] int ranks() const { return static_cast<int>(workers_.size()); }

 private:
  struct Flows;
  struct Routed;
  class Progress;

  [[nodiscard]] CollectivePattern trace(const GroupFamily& family, const Schedule& schedule) const;
  // Adds what one group sends in a phase, and to `copied` what cores copy, by world rank.
  void collect(const Group& group, const Schedule& schedule, const Phase& phase, double whole,
               Flows& flows, std::vector<double>& copied) const;
  // What the pattern says of the inside of nodes and of NICs, once all flows are collected.
  void look_at_nodes(const Phase& phase, double whole, Flows& flows) const;
  // `before`: what the phases before take.
  [[nodiscard]] Routed route(const Flows& flows, double before) const;
  void split_routes(const Flows& flows, const Traffic& traffic, PhasePattern& pattern) const;
  void add_times(const Flows& flows, const std::vector<double>& link_shares, double before,
                 Routed& routed) const;
  // By flow, for how long the phase keeps the event loop of its receiver busy; empty without loops.
  [[nodiscard]] std::vector<double> loop_times(const Flows& flows) const;
  // The schedule at a size of which no parts are rounded.
  [[nodiscard]] static std::unique_ptr<Schedule> even_size(const Schedule& schedule);
  [[nodiscard]] double time_under_load(const std::vector<TrafficFlow>& flows) const;
  void add_switched(const GroupFamily& family, CollectivePattern& total) const;
  static void add_links(std::map<std::uint64_t, Routed>& routed, CollectivePattern& total);

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  const StackProfile& profile_;
  bool cores_copy_;
  std::vector<GroupFamily> families_;
  std::map<int, std::size_t> family_of_;                                    // by the id of a group
  std::map<std::pair<std::size_t, std::string>, CollectivePattern> known_;  // by family and kind
  std::map<std::pair<std::size_t, std::string>, std::vector<double>> loaded_;  // likewise
  ReductionStreams streams_;
  std::map<std::pair<std::size_t, int>, ReductionPattern> reductions_;  // by family, ranks per node
};

}  // namespace rehearse
