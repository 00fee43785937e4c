// What a collective over all ranks of a job asks of the network, in shares of its buffer: computed
// once per kind of schedule, good for buffers of all sizes.
//
// Every phase of the schedule is routed over the real graph (topologies/traffic.h). What remains of
// it are a few numbers and one share per link: memory grows with links and ranks, never with pairs
// of ranks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/schedule.h"
#include "topologies/fabric_profile.h"
#include "topologies/network.h"
#include "topologies/router.h"

namespace rehearse {

// Shares are of the bytes of the buffer; times are per byte of the buffer, s.
struct PhasePattern {
  // The flows inside the nodes, or between them.
  struct Flows {
    std::int64_t count = 0;
    std::int64_t nodes = 0;  // that send
    double share = 0;        // of the largest flow, and
    int messages = 0;        // of how many it consists
  };

  int rounds = 1;
  Flows local, remote;
  // By how much the phase lengthens the way of the slowest rank; every flow is as fast as its share
  // of the most loaded link on its way.
  double bottleneck = 0;
  Duration mean_route, longest_route;
  double additions = 0;  // of the rank that takes longest
  double copied = 0;     // share that a core copies at most; 0 unless cores copy
};

struct CollectivePattern {
  std::vector<PhasePattern> phases;
  double staged = 0;                // the most that a rank exchanges with other nodes
  std::vector<double> link_shares;  // by link, of all phases together
  double messages = 0;              // in all
  double hops = 0;                  // links that they travel over, in all
};

class CollectivePatterns {
 public:
  // Borrows everything; `workers[r]` is the device of rank r. Where ranks share a core with their
  // computation, and the profile knows a rate inside a node, the cores copy what stays there and it
  // uses no link (sim/sim_transport.h).
  CollectivePatterns(const Network& network, const Router& router,
                     const std::vector<EndpointId>& workers, const FabricProfile& profile,
                     bool shares_core);

  // REQUIRES: the schedule is over all ranks of the job. The reference stays good, but that of a
  // schedule without a kind only until the next such call.
  const CollectivePattern& of(const Schedule& schedule);

  [[nodiscard]] const FabricProfile& profile() const { return profile_; }
  [[nodiscard]] bool cores_copy() const { return cores_copy_; }
  [[nodiscard]] int ranks() const { return static_cast<int>(workers_.size()); }

 private:
  struct Flows;
  struct Routed;
  class Progress;

  [[nodiscard]] CollectivePattern trace(const Schedule& schedule) const;
  void collect(const Schedule& schedule, const Phase& phase, double whole, Flows& flows) const;
  // `before`: what the phases before take.
  [[nodiscard]] Routed route(const Flows& flows, double before) const;
  void add_times(const Flows& flows, const std::vector<double>& link_shares, double before,
                 Routed& routed) const;
  static void add_links(std::map<std::uint64_t, Routed>& routed, CollectivePattern& total);

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  const FabricProfile& profile_;
  bool cores_copy_;
  std::map<std::string, CollectivePattern> known_;  // by kind
};

}  // namespace rehearse
