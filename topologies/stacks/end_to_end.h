// Times of messages that were measured from memory to memory, on a network whose links have
// latencies of their own.
//
// A ping-pong between two nodes (osu_latency, sendrecv_perf) holds the adapters and the switches of
// its way; a network preset has their latencies on its links. Added to each other they would count
// twice. A fabric profile says by its provenance which of the two its pieces are: "messages" that
// are `measured` hold their links, those that are `derived` or `assumed` come on top of links.
#pragma once

#include <optional>
#include <string_view>

#include "base/units.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Quantities of a provenance whose kind is `assumed`: the last piece stands for messages that are
// larger than the largest that was measured.
inline constexpr std::string_view kLargestMessages = "largest messages";
inline constexpr std::string_view kLargestLocalMessages = "largest local_messages";

// The profile with latencies that come on top of the links of `network`: where the messages were
// measured, the latency of each piece is less by that of the shortest way between two nodes (of
// local pieces: between two devices of a node), at least 0. Nobody tells how far apart the measured
// ranks were; that they were neighbours leaves the longer ways of other pairs on top. Pieces
// without a bandwidth between nodes get that of an adapter, so that a spread of rates bears on
// them. Other profiles are left as they are.
StackProfile on_top_of_links(StackProfile profile, const Network& network, const Router& router);

// Messages between nodes, or inside one, of at least this size are extrapolated; absent: none is
// known to be.
struct ExtrapolatedMessages {
  Bytes from;
  double rate_error = 0;  // relative standard error of their rate
};
std::optional<ExtrapolatedMessages> extrapolated_messages(const StackProfile& profile, bool local);

// The relative standard error of the rate of messages beyond the largest that was measured, whose
// piece this is: ln(time / time of its bytes alone) at that message, which is how far the rate may
// be off if the latency does not stay what it is. A piece without a bandwidth: a factor of two.
double extrapolation_error(const MessagePiece& piece, Bytes largest);

}  // namespace rehearse
