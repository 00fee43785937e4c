#include "predict/layout_parts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/pipeline_cut.h"
#include "predict/expert_dispatch.h"
#include "runtime/parallel/model_parts.h"

namespace rehearse {
namespace {

// What a host does for a message to the next stage and one from the stage before, in kernels: it
// checks shapes, cuts and gathers tensors, and waits (fitted with the launch gap of
// Megatron-DeepSpeed, docs/studies/layouts.md).
constexpr double kKernelsOfMessages = 25;

bool is_block(const LayoutUnits& units, std::size_t unit) {
  return units.model().layers()[units.ranges()[unit].first].block.has_value();
}

// What a move takes in a direction.
ExchangeTime time_of(const UnitMove& move, bool backwards, const Layout& layout,
                     LayoutExchanges& exchanges) {
  using Kind = Exchange::Kind;
  if (move.axis == Exchange::Axis::expert) {
    return dispatch_time(move, backwards, layout, exchanges);
  }
  const GridAxis axis = grid_axis(move.axis);
  const auto collective = [&](Operation operation) {
    return exchanges.collective(axis, operation, move.bytes);
  };
  switch (move.kind) {
    case Kind::copy:
    case Kind::sum:
    case Kind::statistics:
      return collective(Operation::all_reduce);
    case Kind::gather:
    case Kind::gather_keys:
      return collective(backwards ? Operation::reduce_scatter : Operation::all_gather);
    case Kind::scatter:
      return collective(backwards ? Operation::all_gather : Operation::reduce_scatter);
    case Kind::all_to_all:
      return collective(Operation::all_to_all);
    case Kind::halo:
      return collective(Operation::send_recv);
    case Kind::gather_map:
      return collective(Operation::all_gather);
    case Kind::pass_on:
      break;
  }
  return collective(Operation::send_recv) * static_cast<double>(move.ways - 1);
}

struct Moves {
  ExchangeTime exposed;
  ExchangeTime experts;  // of it, of the expert axis
  double hidden = 0;
};

Moves moves_of(const std::vector<UnitMove>& moves, bool backwards, const Layout& layout,
               LayoutExchanges& exchanges, bool asynchronous) {
  Moves sum;
  for (const UnitMove& move : moves) {
    const ExchangeTime time = time_of(move, backwards, layout, exchanges);
    const bool of_tensor = move.axis == Exchange::Axis::tensor;
    double beside = 0;
    if (move.kind == Exchange::Kind::pass_on) {
      // One chunk of c is computed before the first keys are there.
      beside =
          move.beside.value() * static_cast<double>(move.ways - 1) / static_cast<double>(move.ways);
    } else if (of_tensor && asynchronous && backwards) {
      beside = move.beside.value();
    }
    if (of_tensor && layout.overlap.tensor && layout.sequence) {
      // In as many pieces as there are ranks, of which the first is waited for.
      beside = std::max(beside, time.seconds * (1 - 1.0 / static_cast<double>(move.ways)));
    }
    const double hidden = std::min(time.seconds, beside);
    sum.hidden += hidden;
    if (move.axis == Exchange::Axis::expert) sum.experts += time;
    if (time.seconds > 0) sum.exposed += time * (1 - hidden / time.seconds);
  }
  return sum;
}

}  // namespace

std::vector<UnitRange> units_of_parts(const LayoutUnits& units, const Layout& layout) {
  const int parts = model_parts(layout);
  std::vector<std::size_t> starts;  // of units that count
  for (std::size_t u = 0; u < units.count(); ++u) {
    if (is_block(units, u)) starts.push_back(u);
  }
  if (starts.empty()) {
    for (std::size_t u = 0; u < units.count(); ++u) starts.push_back(u);
  }
  const auto blocks = static_cast<int>(starts.size());
  if (parts > blocks) {
    throw Error::input(std::to_string(parts) + " parts of a pipeline",
                       "the model can be cut into " + std::to_string(blocks),
                       "lower training.parallelism.pipeline or virtual_stages");
  }
  const std::vector<int> each = layout.stages.empty() ? even_cut(blocks, parts) : layout.stages;
  EXPECTS(static_cast<int>(each.size()) == parts);
  std::vector<UnitRange> ranges;
  std::size_t first = 0, passed = 0;
  for (const int count : each) {
    passed += static_cast<std::size_t>(count);
    EXPECTS(passed <= starts.size());
    const std::size_t end = passed == starts.size() ? units.count() : starts[passed];
    ranges.push_back({first, end});
    first = end;
  }
  EXPECTS(passed == starts.size());
  return ranges;
}

PartCost part_cost(LayoutUnits& units, const UnitRange& range, const Layout& layout,
                   LayoutExchanges& exchanges, bool asynchronous) {
  const PartShape shape = part_shape(layout);
  PartCost part;
  struct {
    double forward = 0, backward = 0, again = 0;
  } host;
  const auto add = [&](const UnitCost& unit, double times, const Moves& forward,
                       const Moves& backward, const Moves& again) {
    const auto n = static_cast<std::int64_t>(times);
    part.forward += times * unit.forward.value();
    part.backward_input += times * unit.backward_input.value();
    part.backward_weights += times * unit.backward_weights.value();
    part.again += times * unit.again.value();
    host.forward += times * unit.host_forward.value();
    host.backward += times * unit.host_backward.value();
    host.again += times * unit.host_again.value();
    part.forward_exchanges += forward.exposed * times;
    part.backward_exchanges += backward.exposed * times;
    part.exchanges_again += again.exposed * times;
    part.forward_experts += forward.experts * times;
    part.backward_experts += (backward.experts + again.experts) * times;
    part.hidden += times * (forward.hidden + backward.hidden + again.hidden);
    part.parameters += n * unit.parameters;
    part.experts += n * unit.experts;
    part.repeated += n * unit.repeated;
    part.embedding += n * unit.embedding;
    part.tied += n * unit.tied;
    part.kept += unit.kept * times;
    part.for_again = std::max(part.for_again, unit.for_again);
    part.transient = std::max(part.transient, unit.transient);
    part.output = unit.output;
    part.largest_unit = std::max(part.largest_unit, unit.parameters);
    part.units.push_back({static_cast<int>(n), unit.parameters - unit.experts, unit.experts});
  };
  for (std::size_t u = range.first; u < range.end;) {
    std::size_t next = u + 1;
    while (next < range.end && units.class_of(next) == units.class_of(u)) ++next;
    const UnitCost& unit = units.of(u, shape, layout.microbatch, layout.recompute);
    const auto moves = [&](const std::vector<UnitMove>& list, bool backwards) {
      return moves_of(list, backwards, layout, exchanges, asynchronous);
    };
    add(unit, static_cast<double>(next - u), moves(unit.forward_moves, false),
        moves(unit.backward_moves, true), moves(unit.moves_again, false));
    u = next;
  }
  if (part.embedding > 0) part.parameters -= std::exchange(part.tied, 0);
  if (layout.pipeline > 1) {
    const double messages = kKernelsOfMessages * units.launch().value();
    host.forward += messages;
    host.backward += messages;
  }
  // Whoever is slower sets the pace of a pass, the host or device and wires.
  part.forward_host = std::max(0.0, host.forward - part.forward - part.forward_exchanges.seconds);
  part.backward_host = std::max(
      0.0, host.backward + host.again - part.backward_input - part.backward_weights - part.again -
               part.backward_exchanges.seconds - part.exchanges_again.seconds);
  return part;
}

}  // namespace rehearse
