// Steps on their way to experts that are shared out over ranks, and back: how many copies of a step
// travel, and what that takes.
//
// A router chooses k of E experts for a step, each choice as likely as another. Sent to each of its
// experts, a step travels k times (all_to_all). Sent once to each share of the experts that has one
// of its own (deduplicated), it travels as often as different shares are met. A share of s experts
// is missed with the probability C(E - s, k) / C(E, k), so that of the E / s shares
//
//   copies = E / s (1 - C(E - s, k) / C(E, k))
//
// are met on average. DeepSeek-V3 has k = 8 of E = 256 experts on 64 ranks of 8 nodes. Of a node,
// s = 32, C(224, 8) / C(256, 8) = 0.3382: 5.29 of 8 nodes are met; of a rank, s = 4, 0.8801: 7.68.
//
// A router that chooses the experts of M nodes at most (arXiv:2412.19437, section 2.1.2) first
// draws M of the n nodes; then E is what these have, M E / n, and there are no other shares. With
// M = 4, C(96, 8) / C(128, 8) = 0.0927: 3.63 nodes are met, and 7.36 ranks.
// Of copies to n nodes 1 / n stays where it is.
#pragma once

#include <cstdint>

#include "predict/layout_exchanges.h"
#include "predict/layout_units.h"
#include "runtime/parallel/layout.h"

namespace rehearse {

// The mean number of different shares of `share` experts in which `active` of `experts` lie.
// REQUIRES: share divides experts, active <= experts.
double shares_met(std::int64_t experts, std::int64_t share, std::int64_t active);

// Mean copies of a step that cross to nodes, and that come to ranks; each node has as many ranks.
struct StepCopies {
  double nodes = 0, ranks = 0;
};
// `limit`: nodes at most whose experts serve a step; 0: any. Throws Error::input where these have
// fewer than `active` experts. REQUIRES: nodes divide ranks, ranks divide experts.
StepCopies step_copies(std::int64_t experts, std::int64_t active, int nodes, int ranks, int limit);

// What a move along the expert axis takes in a direction (Layout::expert_dispatch).
ExchangeTime dispatch_time(const UnitMove& move, bool backwards, const Layout& layout,
                           LayoutExchanges& exchanges);

}  // namespace rehearse
