#include "topologies/stacks/end_to_end.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

namespace rehearse {
namespace {

// The nodes of a switch are numbered one after the other; larger leaves are rare.
constexpr std::int64_t kNeighbours = 64;

// Of the ways from device 0 to device `step`, 2 `step` …, up to `most` of them.
Duration shortest_way(const Network& network, const Router& router, std::int64_t step,
                      std::int64_t most) {
  std::vector<LinkId> path;
  std::optional<Duration> shortest;
  for (std::int64_t i = 1; i <= std::min(most, kNeighbours); ++i) {
    router.route(0, static_cast<EndpointId>(i * step), 0, path);
    Duration way;
    for (const LinkId id : path) way += network.link(id).latency;
    shortest = shortest ? std::min(*shortest, way) : way;
  }
  return shortest.value_or(Duration(0));
}

void take_away(std::vector<MessagePiece>& pieces, Duration way) {
  for (MessagePiece& piece : pieces) piece.latency = std::max(Duration(0), piece.latency - way);
}

bool says(const StackProfile& profile, std::string_view quantity, Provenance::Kind kind) {
  return std::any_of(
      profile.provenance.begin(), profile.provenance.end(),
      [&](const Provenance& one) { return one.quantity == quantity && one.kind == kind; });
}

}  // namespace

StackProfile on_top_of_links(StackProfile profile, const Network& network, const Router& router) {
  const std::int64_t devices = network.devices_per_node();
  if (!profile.pieces.empty() && says(profile, "messages", Provenance::Kind::measured)) {
    take_away(profile.pieces, shortest_way(network, router, devices, network.nodes() - 1));
    const Bandwidth adapter = network.link(network.injection_link(0, 0)).bandwidth;
    for (MessagePiece& piece : profile.pieces) piece.bandwidth = piece.bandwidth.value_or(adapter);
  }
  if (!profile.local_pieces.empty() &&
      says(profile, "local_messages", Provenance::Kind::measured)) {
    take_away(profile.local_pieces, shortest_way(network, router, 1, devices - 1));
  }
  return profile;
}

std::optional<ExtrapolatedMessages> extrapolated_messages(const StackProfile& profile, bool local) {
  const std::vector<MessagePiece>& pieces = local ? profile.local_pieces : profile.pieces;
  const std::string_view quantity = local ? kLargestLocalMessages : kLargestMessages;
  if (pieces.empty() || !says(profile, quantity, Provenance::Kind::assumed)) return {};
  const MessagePiece& last = pieces.back();
  return ExtrapolatedMessages{last.from, extrapolation_error(last, last.from)};
}

double extrapolation_error(const MessagePiece& piece, Bytes largest) {
  if (!piece.bandwidth) return std::log(2);
  return std::log(1 + piece.latency / (largest / *piece.bandwidth));
}

}  // namespace rehearse
