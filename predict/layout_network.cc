#include "predict/layout_network.h"

#include <algorithm>
#include <cmath>

#include "predict/training_strategy.h"

namespace rehearse {
namespace {

constexpr std::array kAxes{GridAxis::tensor,        GridAxis::context,  GridAxis::data,
                           GridAxis::pipeline,      GridAxis::replicas, GridAxis::shards,
                           GridAxis::shard_copies,  GridAxis::expert,   GridAxis::expert_tensor,
                           GridAxis::expert_copies, GridAxis::tiles,    GridAxis::tile_rows,
                           GridAxis::tile_columns};

// A size that few others are near, so that equal questions meet: three digits.
double rounded(double bytes) {
  if (bytes <= 0) return 0;
  const double step = std::pow(10, std::floor(std::log10(bytes)) - 2);
  return std::max(1.0, std::round(bytes / step) * step);
}

}  // namespace

ExchangeTime price_of(CollectiveChooser& chooser, const Group& group, int ranks_per_node,
                      Operation operation, double bytes) {
  const std::int64_t parts = group.size();
  const auto price = [&](double of) {
    const auto elements = std::max<std::int64_t>(1, std::llround(of / 2 / group.size())) * parts;
    return chooser.choose(group, operation, Algorithm::native, {}, ranks_per_node, elements, 2)
        .price.value();
  };
  const double time = price(bytes);
  return {time, std::min(time, price(8.0 * group.size()))};
}

int ranks_per_node(const Group& group, const Network& network,
                   const std::vector<EndpointId>& places) {
  const auto node = [&](int rank) {
    return network.node_of(places[static_cast<std::size_t>(group.world_rank(rank))]);
  };
  int count = 0;
  for (int rank = 0; rank < group.size() && node(rank) == node(0); ++rank) ++count;
  return count;
}

LayoutNetwork::LayoutNetwork(const Scenario& scenario, const BuiltNetwork& built,
                             const Layout& layout, std::vector<EndpointId> places)
    : places_(std::move(places)),
      graph_(built.network),
      grid_(layout),
      patterns_(built.network, *built.router, places_, built.stack, false,
                families(layout.expert_dispatch == ExpertDispatch::deduplicated)),
      chooser_(chooser_of(scenario, patterns_)) {
  for (const GridAxis axis : kAxes) {
    if (grid_.size(axis) == 1) continue;
    per_node_[static_cast<std::size_t>(axis)] =
        ranks_per_node(*grid_.groups(axis).front(), built.network, places_);
  }
}

// `ends` are no sister groups of all ranks: their exchange is costed as a message (see message()).
std::vector<GroupFamily> LayoutNetwork::families(bool legs) {
  std::vector<GroupFamily> all;
  for (const GridAxis axis : kAxes) {
    if (grid_.size(axis) > 1) all.push_back(grid_.groups(axis));
  }
  if (legs) add_legs();
  for (const Groups* leg : {&across_, &within_}) {
    if (!leg->empty()) all.push_back(*leg);
  }
  return all;
}

// Where nodes do not hold equally many ranks of each group, each rank counts as a node.
void LayoutNetwork::add_legs() {
  const int ranks = grid_.size(GridAxis::expert);
  if (ranks == 1) return;
  const Groups& groups = grid_.groups(GridAxis::expert);
  const int each = ranks_per_node(*groups.front(), graph_, places_);
  const auto node = [&](const Group& group, int rank) {
    return graph_.node_of(places_[static_cast<std::size_t>(group.world_rank(rank))]);
  };
  const bool even = ranks % each == 0 && std::ranges::all_of(groups, [&](const auto& group) {
                      for (int i = 0; i < ranks; ++i) {
                        if (node(*group, i) != node(*group, i - i % each)) return false;
                      }
                      return true;
                    });
  if (!even) return;
  in_node_ = each;
  if (each == 1 || each == ranks) return;
  int id = 0;
  for (int axis = 0; axis < kGridAxes; ++axis) {
    for (const auto& group : grid_.groups(static_cast<GridAxis>(axis))) {
      id = std::max(id, group->id());
    }
  }
  const int nodes = ranks / each;
  for (const auto& group : groups) {
    for (int place = 0; place < each; ++place) {
      std::vector<int> members;
      for (int i = 0; i < nodes; ++i) members.push_back(group->world_rank(i * each + place));
      across_.push_back(std::make_shared<const Group>(++id, std::move(members)));
    }
    for (int first = 0; first < ranks; first += each) {
      std::vector<int> members;
      for (int i = 0; i < each; ++i) members.push_back(group->world_rank(first + i));
      within_.push_back(std::make_shared<const Group>(++id, std::move(members)));
    }
  }
}

// Where one of the legs is all there is, its groups are those of the axis.
const LayoutNetwork::Groups& LayoutNetwork::legs_of(Leg leg) const {
  const Groups& own = leg == Leg::across ? across_ : within_;
  return own.empty() ? grid_.groups(GridAxis::expert) : own;
}

CollectiveCall LayoutNetwork::leg_call(Leg leg, Bytes bytes) {
  constexpr int kElement = 2;
  const Group& group = leg_group(leg);
  const auto each = std::llround(rounded(bytes.value()) / kElement / group.size());
  return chooser_
      .choose(group, Operation::all_to_all, Algorithm::native, {},
              leg == Leg::across ? 1 : in_node_, std::max<std::int64_t>(1, each) * group.size(),
              kElement)
      .call;
}

ExchangeTime LayoutNetwork::leg_time(Leg leg, Bytes bytes) {
  if (!(bytes > Bytes(0))) return {};
  const double asked = rounded(bytes.value());
  const auto [known, added] = known_legs_.try_emplace({leg, asked});
  if (added) {
    known->second = price_of(chooser_, leg_group(leg), leg == Leg::across ? 1 : in_node_,
                             Operation::all_to_all, asked);
  }
  return known->second * (bytes.value() / asked);
}

ExchangeTime LayoutNetwork::by_nodes(Bytes across, Bytes within) {
  const int ranks = size(GridAxis::expert);
  if (ranks == 1) return {};
  if (in_node_ == 1) return leg_time(Leg::across, across);
  if (in_node_ == ranks) return leg_time(Leg::within, within);
  return in_pieces(leg_time(Leg::across, across), leg_time(Leg::within, within));
}

ChosenCollective LayoutNetwork::choose(GridAxis axis, Operation operation, double bytes) {
  constexpr int kElement = 2;
  const auto parts = static_cast<std::int64_t>(grid_.size(axis));
  const auto each = std::llround(bytes / kElement / static_cast<double>(parts));
  return chooser_.choose(*grid_.groups(axis).front(), operation, Algorithm::native, {},
                         per_node_[static_cast<std::size_t>(axis)],
                         std::max<std::int64_t>(1, each) * parts, kElement);
}

CollectiveCall LayoutNetwork::call(GridAxis axis, Operation operation, Bytes bytes) {
  if (grid_.groups(axis).empty() || axis == GridAxis::ends) return {.operation = operation};
  return choose(axis, operation, rounded(bytes.value())).call;
}

ExchangeTime LayoutNetwork::collective(GridAxis axis, Operation operation, Bytes bytes) {
  const int size = grid_.size(axis);
  if (size == 1 || !(bytes > Bytes(0))) return {};
  const double asked = rounded(bytes.value());
  const auto [known, added] = known_.try_emplace({axis, operation, asked});
  if (!added) return known->second * (bytes.value() / asked);
  known->second = price_of(chooser_, *grid_.groups(axis).front(),
                           per_node_[static_cast<std::size_t>(axis)], operation, asked);
  return known->second * (bytes.value() / asked);
}

}  // namespace rehearse
