#include "runtime/strategies/layout_collectives.h"

#include <cmath>
#include <optional>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr int kSwapPort = 0;

CollectiveCall in_rings(Operation operation) {
  const bool pairs = operation == Operation::all_to_all || operation == Operation::send_recv;
  return {.operation = operation, .algorithm = pairs ? Algorithm::pairwise : Algorithm::ring};
}

// The collectives that an exchange stands for; of pass_on how often it is done.
struct Exchanged {
  std::optional<Operation> operation;
  std::int64_t times = 1;
};

Exchanged collective_of(const Exchange& of, bool forward) {
  using Kind = Exchange::Kind;
  const auto only = [&](bool here, Operation operation) {
    return here ? Exchanged{operation} : Exchanged{std::nullopt};
  };
  switch (of.kind) {
    case Kind::copy:
      return only(!forward, Operation::all_reduce);
    case Kind::sum:
    case Kind::statistics:
      return only(forward, Operation::all_reduce);
    case Kind::gather:
    case Kind::gather_keys:
      return {forward ? Operation::all_gather : Operation::reduce_scatter};
    case Kind::scatter:
      return {forward ? Operation::reduce_scatter : Operation::all_gather};
    case Kind::all_to_all:
      return {Operation::all_to_all};
    case Kind::halo:
      return only(forward || !of.forward_only, Operation::send_recv);
    case Kind::gather_map:
      return only(forward, Operation::all_gather);
    case Kind::pass_on:
      break;
  }
  return {Operation::send_recv, (of.ways - 1) * (forward ? 1 : 2)};
}

const Group& group_of(World& world, const LayoutSgd& strategy, GridAxis axis) {
  const auto& group = strategy.grid().group_of(world.transport().rank(), axis);
  EXPECTS(group != nullptr);
  return *group;
}

}  // namespace

StepSpan take_part(World& world, const Group& group, const CollectiveCall& call,
                   const Tensor& tensor) {
  StepSpan span{.what = StepSpan::What::gradients, .group = group};
  span.call = call;
  span.elements = tensor.elements;
  span.type = tensor.type;
  span.arrived = world.clock().now();
  span.started = span.arrived + world.transport().collective(group, call, tensor);
  span.ended = world.clock().now();
  return span;
}

StepSpan take_part(World& world, const LayoutSgd& strategy, int lane, GridAxis axis,
                   Operation operation, const Tensor& tensor) {
  const auto& chosen = strategy.options().call;
  const CollectiveCall call =
      chosen ? chosen(axis, operation, tensor.bytes().value()) : in_rings(operation);
  return take_part(world, group_of(world, strategy, axis).lane(lane), call, tensor);
}

void name_tensors(const RankOp& op, StepSpan& span) {
  span.what = op.kind == RankOp::Kind::gather ? StepSpan::What::weights : StepSpan::What::gradients;
  span.first = op.first_tensor;
  span.end = op.end_tensor;
}

void append_exposed(const StepSpan& span, StepRecord& record) {
  record.parts[StepPhase::straggler_wait] += span.started - span.arrived;
  record.parts[StepPhase::exposed_communication] += span.ended - span.started;
  record.spans.push_back(span);
}

LayoutCollectives::LayoutCollectives(World& world, const LayoutSgd& strategy)
    : world_(world), strategy_(strategy) {}

int LayoutCollectives::place(Axis axis) const {
  return strategy_.grid().place(world_.transport().rank(), grid_axis(axis));
}

void LayoutCollectives::sum(Axis axis, const Tensor& values) {
  exchange(axis, Operation::all_reduce, values);
}
void LayoutCollectives::gather(Axis axis, const Tensor& parts) {
  exchange(axis, Operation::all_gather, parts);
}
void LayoutCollectives::scatter(Axis axis, const Tensor& parts) {
  exchange(axis, Operation::reduce_scatter, parts);
}

void LayoutCollectives::exchange(Axis axis, Operation operation, const Tensor& tensor) {
  const StepSpan span = take_part(world_, strategy_, 0, grid_axis(axis), operation, tensor);
  exchanged_ += span.ended - span.arrived;
  account(span);
}

void LayoutCollectives::swap(Axis axis, const std::vector<Tensor>& to,
                             const std::vector<Tensor>& from) {
  const Group& among = group_of(world_, strategy_, grid_axis(axis));
  const Duration arrived = world_.clock().now();
  std::vector<std::unique_ptr<Transfer>> transfers;
  std::int64_t elements = 0;
  for (int step = 1; step < among.size(); ++step) {
    const int peer = (place(axis) + step) % among.size();
    const Tensor& message = from[static_cast<std::size_t>(peer)];
    transfers.push_back(world_.transport().start_receive(among, peer, kSwapPort, message));
  }
  for (int step = 1; step < among.size(); ++step) {
    const int peer = (place(axis) + step) % among.size();
    const Tensor& message = to[static_cast<std::size_t>(peer)];
    elements += message.elements;
    transfers.push_back(world_.transport().start_send(among, peer, kSwapPort, message));
  }
  world_.transport().wait_all(world_.clock(), transfers);
  StepSpan span{.what = StepSpan::What::activations, .group = among};
  span.call = in_rings(Operation::all_to_all);
  span.elements = elements;
  span.type = to.front().type;
  span.arrived = span.started = arrived;
  span.ended = world_.clock().now();
  exchanged_ += span.ended - span.arrived;
  account(span);
}

void LayoutCollectives::exchange(const Exchange& of, bool forward, std::int64_t samples,
                                 ElementType type) {
  const auto [operation, times] = collective_of(of, forward);
  const double of_samples = of.per_batch ? 1 : static_cast<double>(samples);
  const auto each = static_cast<std::int64_t>(std::llround(of.elements * of_samples));
  if (!operation || each == 0) return;
  const std::int64_t ways = of.ways;
  const std::int64_t elements =
      *operation == Operation::all_to_all ? (each + ways - 1) / ways * ways : each;
  const Tensor tensor{nullptr, elements, of.element_bytes > 0 ? float_of(of.element_bytes) : type};
  for (std::int64_t i = 0; i < times; ++i) {
    account(take_part(world_, strategy_, 0, grid_axis(of.axis), *operation, tensor));
  }
}

void LayoutCollectives::account(StepSpan span) {
  span.what = StepSpan::What::activations;
  span.first = layer_;
  span.end = layer_ + 1;
  append_exposed(span, *record_);
}

}  // namespace rehearse
