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

// `ends` are no sister groups of all ranks: their exchange is costed as a message (see message()).
std::vector<GroupFamily> families_of(const ProcessGrid& grid) {
  std::vector<GroupFamily> families;
  for (const GridAxis axis : kAxes) {
    if (grid.size(axis) > 1) families.push_back(grid.groups(axis));
  }
  return families;
}

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
      grid_(layout),
      patterns_(built.network, *built.router, places_, built.stack, false, families_of(grid_)),
      chooser_(chooser_of(scenario, patterns_)) {
  for (const GridAxis axis : kAxes) {
    if (grid_.size(axis) == 1) continue;
    per_node_[static_cast<std::size_t>(axis)] =
        ranks_per_node(*grid_.groups(axis).front(), built.network, places_);
  }
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
