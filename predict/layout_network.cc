#include "predict/layout_network.h"

#include <algorithm>
#include <cmath>

#include "predict/training_strategy.h"

namespace rehearse {
namespace {

constexpr std::array kAxes{GridAxis::tensor,       GridAxis::context,  GridAxis::data,
                           GridAxis::pipeline,     GridAxis::replicas, GridAxis::shards,
                           GridAxis::shard_copies, GridAxis::expert,   GridAxis::expert_tensor,
                           GridAxis::expert_copies};

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

LayoutNetwork::LayoutNetwork(const Scenario& scenario, const BuiltNetwork& built,
                             const Layout& layout, std::vector<EndpointId> places)
    : places_(std::move(places)),
      grid_(layout),
      patterns_(built.network, *built.router, places_, built.stack, false, families_of(grid_)),
      chooser_(chooser_of(scenario, patterns_)),
      network_(built.network) {
  for (const GridAxis axis : kAxes)
    per_node_[static_cast<std::size_t>(axis)] = ranks_per_node(axis);
}

int LayoutNetwork::ranks_per_node(GridAxis axis) const {
  if (grid_.size(axis) == 1) return 1;
  const Group& group = *grid_.groups(axis).front();
  const auto node = [&](int rank) {
    return network_.node_of(places_[static_cast<std::size_t>(group.world_rank(rank))]);
  };
  int count = 0;
  for (int rank = 0; rank < group.size() && node(rank) == node(0); ++rank) ++count;
  return count;
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
  const auto price = [&](double of) { return choose(axis, operation, of).price.value(); };
  const double time = price(asked);
  known->second = {time, std::min(time, price(8.0 * size))};
  return known->second * (bytes.value() / asked);
}

}  // namespace rehearse
