#include "predict/exchange_prices.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/contract.h"
#include "predict/layout_network.h"
#include "predict/training_strategy.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

// Up to so many ranks groups keep their real distances.
constexpr int kExact = 4096;

// The groups of a span over so many ranks, block after block; their ids begin at 1.
std::vector<std::shared_ptr<const Group>> groups_of(AxisSpan span, int ranks) {
  std::vector<std::shared_ptr<const Group>> groups;
  const int extent = span.size * span.stride;
  for (int first = 0; first + extent <= ranks; first += extent) {
    for (int offset = 0; offset < span.stride; ++offset) {
      std::vector<int> members;
      for (int i = 0; i < span.size; ++i) members.push_back(first + offset + i * span.stride);
      const int id = static_cast<int>(groups.size()) + 1;
      groups.push_back(std::make_shared<const Group>(id, std::move(members)));
    }
  }
  return groups;
}

std::vector<GroupFamily> family_of(const std::vector<std::shared_ptr<const Group>>& groups) {
  return {groups};
}

}  // namespace

SpanPrices::SpanPrices(const Scenario& scenario, const BuiltNetwork& built, AxisSpan span,
                       std::vector<EndpointId> places)
    : places_(std::move(places)),
      groups_(groups_of(span, static_cast<int>(places_.size()))),
      patterns_(built.network, *built.router, places_, built.stack, false, family_of(groups_)),
      chooser_(chooser_of(scenario, patterns_)),
      per_node_(ranks_per_node(*groups_.front(), built.network, places_)) {}

double SpanPrices::at(Operation operation, Row& row, int power) {
  const auto index = static_cast<std::size_t>(power);
  if (!row.known[index]) {
    const ExchangeTime time =
        price_of(chooser_, *groups_.front(), per_node_, operation, std::exp2(power));
    row.known[index] = true;
    row.seconds[index] = std::log2(std::max(time.seconds, 1e-12));
    // That of the largest is least disturbed by the size itself.
    row.latency = std::max(row.latency, time.latency);
  }
  return row.seconds[index];
}

ExchangeTime SpanPrices::price(Operation operation, double bytes) {
  EXPECTS(bytes > 0);
  Row& row = rows_[operation];
  const double position = std::clamp(std::log2(bytes), 0.0, kSizes - 2.0);
  const int power = static_cast<int>(position);
  const double below = at(operation, row, power);
  const double above = at(operation, row, power + 1);
  const double seconds = std::exp2(below + (above - below) * (position - power));
  return {seconds, std::min(seconds, row.latency)};
}

ExchangePrices::ExchangePrices(const Scenario& scenario, const BuiltNetwork& built,
                               std::int64_t ranks)
    : scenario_(scenario),
      built_(built),
      places_(place(built.network, scenario.placement, ranks, scenario.seed)) {}

SpanPrices& ExchangePrices::of(AxisSpan span) {
  EXPECTS(span.size > 1);
  const int all = static_cast<int>(places_.size());
  const int node = built_.network.devices_per_node();
  EXPECTS(std::int64_t{span.size} * span.stride <= all);
  // What lies further apart than a node, and is long, becomes one rank of each node.
  if (span.stride > node && span.stride % node == 0 && span.size * span.stride > kExact) {
    span.stride = node;
  }
  std::unique_ptr<SpanPrices>& known = known_[span];
  if (known != nullptr) return *known;
  const int extent = span.size * span.stride;
  // At least as many groups as share the nodes of the first; more, because others may lie across
  // switches where the first does not.
  const int least = (node + extent - 1) / extent;
  const int blocks = std::clamp(std::max(least, kExact / extent), 1, all / extent);
  std::vector<EndpointId> places(places_.begin(), places_.begin() + blocks * extent);
  known = std::make_unique<SpanPrices>(scenario_, built_, span, std::move(places));
  return *known;
}

PricedExchanges::PricedExchanges(const Layout& layout, ExchangePrices& prices) {
  sizes_.fill(1);
  const int t = layout.tensor, c = layout.context, d = layout.data, p = layout.pipeline;
  const int x = layout.expert_tensor, e = layout.expert;
  const int copies = t * c * d / (x * e), replicas = c * d;
  int dense = 1, sparse = 1;
  int tensor = 1, context = 1, data = 1, pipeline = 1, etp = 1, ep = 1, edp = 1;
  std::string_view rest = layout.order;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('-'));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const auto step = [&](std::string_view name, int& stride, int size, int& so_far) {
      if (word != name) return;
      stride = so_far;
      so_far *= size;
    };
    step("tp", etp, x, sparse);
    step("ep", ep, e, sparse);
    step("dp", edp, copies, sparse);
    if (word == "pp") sparse *= p;
    step("tp", tensor, t, dense);
    step("cp", context, c, dense);
    step("dp", data, d, dense);
    step("pp", pipeline, p, dense);
  }
  const int replica = c == 1 ? data : d == 1 ? context : std::min(context, data);
  const int shards = layout.zero > 0 ? layout.shard_group : 1;
  add(GridAxis::tensor, {t, tensor}, prices);
  add(GridAxis::context, {c, context}, prices);
  add(GridAxis::data, {d, data}, prices);
  add(GridAxis::pipeline, {p, pipeline}, prices);
  add(GridAxis::replicas, {replicas, replica}, prices);
  add(GridAxis::shards, {shards, replica}, prices);
  add(GridAxis::shard_copies, {replicas / shards, replica * shards}, prices);
  add(GridAxis::expert, {e, ep}, prices);
  if (layout.expert_dispatch == ExpertDispatch::deduplicated) add_legs({e, ep}, prices);
  add(GridAxis::expert_tensor, {x, etp}, prices);
  add(GridAxis::expert_copies, {copies, edp}, prices);
}

void PricedExchanges::add(GridAxis axis, AxisSpan span, ExchangePrices& prices) {
  const auto index = static_cast<std::size_t>(axis);
  sizes_[index] = span.size;
  if (span.size > 1) spans_[index] = &prices.of(span);
}

void PricedExchanges::add_legs(AxisSpan experts, ExchangePrices& prices) {
  const int node = prices.devices_per_node();
  if (node % experts.stride == 0) {
    const int each = std::min(experts.size, node / experts.stride);
    if (experts.size % each == 0) in_node_ = each;
  }
  const AxisSpan across{experts.size / in_node_, experts.stride * in_node_};
  const AxisSpan within{in_node_, experts.stride};
  if (across.size > 1) across_ = &prices.of(across);
  if (within.size > 1) within_ = &prices.of(within);
}

ExchangeTime PricedExchanges::by_nodes(Bytes across, Bytes within) {
  const auto leg = [](SpanPrices* prices, Bytes bytes) {
    if (!(bytes > Bytes(0))) return ExchangeTime{};
    return prices->price(Operation::all_to_all, bytes.value());
  };
  if (across_ == nullptr && within_ == nullptr) return {};
  if (within_ == nullptr) return leg(across_, across);
  if (across_ == nullptr) return leg(within_, within);
  return in_pieces(leg(across_, across), leg(within_, within));
}

ExchangeTime PricedExchanges::collective(GridAxis axis, Operation operation, Bytes bytes) {
  const auto index = static_cast<std::size_t>(axis);
  if (sizes_[index] == 1 || !(bytes > Bytes(0))) return {};
  return spans_[index]->price(operation, bytes.value());
}

}  // namespace rehearse
