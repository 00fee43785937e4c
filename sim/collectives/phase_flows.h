// What CollectivePatterns knows of one phase of a schedule: its flows
// (sim/collectives/phase_flows.cc) and what becomes of them in the network
// (sim/collectives/phase_routes.cc).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/collectives/collective_pattern.h"
#include "topologies/routing/traffic.h"

namespace rehearse {

// The flows of one phase, in the order of the ranks that send them.
struct CollectivePatterns::Flows {
  std::vector<TrafficFlow> flows;          // bytes: shares of the buffer, with headers
  std::vector<bool> stays;                 // in its node, by flow
  std::vector<std::pair<int, int>> ranks;  // that send and receive, by flow; none if of many rounds
  PhasePattern pattern;
  std::array<NodeId, 2> last_node{-1, -1};  // that sent, by whether the flow stays
  std::array<double, 2> sent{};             // by the rank that is looked at, likewise
  std::int64_t senders = 0;                 // ranks that send to other nodes
  std::uint64_t fingerprint = 0;

  void clear() {
    flows.clear();
    stays.clear();
    ranks.clear();
    pattern = {};
    last_node = {-1, -1};
    sent = {};
    senders = 0;
    fingerprint = 0;
  }

  // The flows that are added from now on are those of another rank.
  void next_rank() {
    if (sent[0] > 0) ++senders;
    pattern.remote.sent = std::max(pattern.remote.sent, sent[0]);
    pattern.local.sent = std::max(pattern.local.sent, sent[1]);
    sent = {};
  }

  void add(NodeId sender, const TrafficFlow& flow, double payload, int messages, bool same_node) {
    flows.push_back(flow);
    stays.push_back(same_node);
    sent[same_node ? 1 : 0] += payload;
    PhasePattern::Flows& kin = same_node ? pattern.local : pattern.remote;
    ++kin.count;
    if (std::exchange(last_node[same_node ? 1 : 0], sender) != sender) ++kin.nodes;
    if (payload > kin.share || kin.messages == 0) {
      kin.share = payload;
      kin.messages = messages;
    }
    const auto pair =
        static_cast<std::uint64_t>(flow.src) << 32 | static_cast<std::uint64_t>(flow.dst);
    fingerprint = mixed(fingerprint + mixed(pair) + std::bit_cast<std::uint64_t>(flow.bytes));
  }
};

// A phase as it was routed.
struct CollectivePatterns::Routed {
  PhasePattern pattern;
  std::vector<double> link_shares;
  double hops = 0;
  double longest = 0;         // that a flow takes, s per byte of the buffer
  std::vector<double> times;  // of the flows, or none if all take the longest
  int uses = 0;
};

}  // namespace rehearse
