#include "predict/layout_job.h"

#include <algorithm>
#include <cmath>

#include "predict/job_costs.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

constexpr Bytes kScalar(4);

double real(std::int64_t number) { return static_cast<double>(number); }

// Whether the framework sends each tensor rank's share of a message and gathers it in the node
// (Megatron-LM's scatter-gather, DeepSpeed's partitioned tensors).
bool shares_messages(const Scenario& scenario) {
  return scenario.framework == Framework::megatron || scenario.framework == Framework::deepspeed;
}

PipelineCosts costs_of(const std::vector<PartCost>& parts, double message) {
  PipelineCosts costs{0, 0, 0, message};
  for (const PartCost& part : parts) {
    const double count = static_cast<double>(parts.size());
    costs.forward += (part.forward + part.forward_exchanges.seconds) / count;
    costs.backward_input += (part.backward_input + part.again + part.exchanges_again.seconds +
                             part.backward_exchanges.seconds) /
                            count;
    costs.backward_weights += part.backward_weights / count;
  }
  return costs;
}

}  // namespace

LayoutJob::LayoutJob(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
                     const Layout& layout, LayoutExchanges& exchanges)
    : scenario_(scenario),
      cost_(cost),
      exchanges_(exchanges),
      layout_(layout),
      pipeline_(pipeline_shape(layout)) {
  expect_pipeline(pipeline_);
  const std::vector<UnitRange> ranges = units_of_parts(units, layout);
  blocks_ = blocks_of_parts(units, ranges);
  const bool asynchronous = shares_messages(scenario);
  for (const UnitRange& range : ranges) {
    parts_.push_back(part_cost(units, range, layout, exchanges, asynchronous));
    PartCost& part = parts_.back();
    if (scenario.framework == Framework::megatron || layout.microbatches > 1) {
      // Gradients are added up where they are kept, not written anew.
      const double traffic =
          (2.0 * scenario.stored_gradient_bytes - stored_bytes(scenario.precision)) *
          real(part.parameters);
      if (layout.zero < 3) part.backward_weights += cost.stream_time(Bytes(traffic)).value();
    }
  }
  if (layout.pipeline > 1) {
    const bool shares = layout.tensor > 1 && !layout.sequence && shares_messages(scenario);
    const Bytes whole = parts_.front().output;
    message_ = exchanges.message(shares ? whole / layout.tensor : whole);
    if (shares) message_ += exchanges.collective(GridAxis::tensor, Operation::all_gather, whole);
  }
  for (const GridAxis axis : {GridAxis::tensor, GridAxis::replicas, GridAxis::pipeline}) {
    norm_ += exchanges.collective(axis, Operation::all_reduce, kScalar);
  }
  orders_ = pipeline_orders(pipeline_, costs_of(parts_, message_.seconds));
  add_stages();
}

double LayoutJob::shard_size(bool experts) const {
  if (layout_.zero == 0) return 1;
  return experts ? exchanges_.size(GridAxis::expert_copies) : exchanges_.size(GridAxis::shards);
}

ExchangeTime LayoutJob::in_buckets(GridAxis axis, Operation operation, double bytes,
                                   ExchangeTime* one) const {
  if (bytes <= 0) return {};
  double bucket = scenario_.all_reduce.fusion.value();
  if (scenario_.framework == Framework::megatron) {
    // megatron/core/distributed: max(40 million, a million for each replica) parameters.
    constexpr double kPerReplica = 1e6;
    bucket = std::max(bucket,
                      kPerReplica * exchanges_.size(GridAxis::replicas) * scenario_.gradient_bytes);
  }
  const bool cut = layout_.overlap.gradients && bucket > 0 && bucket < bytes;
  if (!cut) {
    const ExchangeTime all = exchanges_.collective(axis, operation, Bytes(bytes));
    if (one != nullptr) *one += all;
    return all;
  }
  const double full = std::floor(bytes / bucket);
  const ExchangeTime each = exchanges_.collective(axis, operation, Bytes(bucket));
  if (one != nullptr) *one += each;
  return each * full + exchanges_.collective(axis, operation, Bytes(bytes - full * bucket));
}

void LayoutJob::add_exchanges(Stage& stage, int index) const {
  const double gradient = scenario_.wire_bytes();
  const double weight = stored_bytes(scenario_.precision);
  const double dense = real(stage.dense), experts = real(stage.experts);
  if (layout_.zero == 0) {
    stage.reduce =
        in_buckets(GridAxis::replicas, Operation::all_reduce, dense * gradient, &stage.last_reduce);
    stage.reduce += in_buckets(GridAxis::expert_copies, Operation::all_reduce, experts * gradient,
                               &stage.last_reduce);
  } else if (layout_.zero < 3) {
    const double shards = shard_size(false);
    stage.reduce = in_buckets(GridAxis::shards, Operation::reduce_scatter, dense * gradient,
                              &stage.last_reduce);
    stage.reduce += in_buckets(GridAxis::shard_copies, Operation::all_reduce,
                               dense * gradient / shards, nullptr);
    stage.reduce += in_buckets(GridAxis::expert_copies, Operation::reduce_scatter,
                               experts * gradient, &stage.last_reduce);
    stage.gather =
        in_buckets(GridAxis::shards, Operation::all_gather, dense * weight, &stage.first_gather);
    stage.gather += in_buckets(GridAxis::expert_copies, Operation::all_gather, experts * weight,
                               &stage.first_gather);
  } else {
    // Of the shards, over their copies; the rest passes with every microbatch.
    stage.reduce = in_buckets(GridAxis::shard_copies, Operation::all_reduce,
                              dense * gradient / shard_size(false), &stage.last_reduce);
  }
  if (layout_.sequence && layout_.tensor > 1) {
    stage.ends += exchanges_.collective(GridAxis::tensor, Operation::all_reduce,
                                        Bytes(4.0 * real(stage.repeated)));
  }
  const bool end = index == 0 || index + 1 == pipeline_.stages;
  const bool tied = parts_.front().embedding > 0 && parts_.back().embedding > 0;
  if (pipeline_.stages > 1 && end && tied) {
    stage.ends += exchanges_.message(Bytes(gradient * real(parts_.front().embedding)));
  }
}

void LayoutJob::add_stages() {
  for (int i = 0; i < pipeline_.stages; ++i) {
    Stage& stage = stages_.emplace_back();
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, i, chunk))];
      stage.dense += part.parameters - part.experts;
      stage.experts += part.experts;
      stage.repeated += part.repeated;
      stage.embedding += part.embedding;
      stage.last_backward += part.backward_input + part.again + part.backward_weights;
      stage.first_forward += part.forward;
    }
    add_exchanges(stage, i);
    const double own =
        real(stage.dense) / shard_size(false) + real(stage.experts) / shard_size(true);
    const double updated = own * (1 - layout_.offload_optimizer);
    const double all = real(stage.dense + stage.experts);
    // Gradients are cleared, and read once for their norm.
    const double passes = scenario_.stored_gradient_bytes * ((layout_.zero >= 2 ? own : all) + own);
    stage.optimizer =
        cost_.stream_time(update_traffic(scenario_, std::llround(updated)) + Bytes(passes)).value();
    if (layout_.offload_optimizer > 0) {
      const double moved = own * layout_.offload_optimizer;
      const double over_link = moved * (scenario_.wire_bytes() + stored_bytes(scenario_.precision));
      stage.offload = (Bytes(over_link) / scenario_.device.host_link_bandwidth +
                       update_traffic(scenario_, std::llround(moved)) /
                           scenario_.strategy.servers.update_bandwidth)
                          .value();
    }
  }
}

LayoutJob::Streamed LayoutJob::streamed(const PartCost& part, const LayoutFactors& factors) const {
  Streamed sum;
  if (layout_.zero < 2) return sum;
  const double gradient = scenario_.wire_bytes();
  const double weight = stored_bytes(scenario_.precision);
  double gathers = 0, reduces = 0, first = 0, last = 0;
  for (const PartCost::Gathered& unit : part.units) {
    double gather = 0;
    if (layout_.zero == 3) {
      gather = factors.of(exchanges_.collective(GridAxis::shards, Operation::all_gather,
                                                Bytes(weight * real(unit.dense))) +
                          exchanges_.collective(GridAxis::expert_copies, Operation::all_gather,
                                                Bytes(weight * real(unit.experts))));
    }
    const double reduce =
        factors.of(exchanges_.collective(GridAxis::shards, Operation::reduce_scatter,
                                         Bytes(gradient * real(unit.dense))) +
                   exchanges_.collective(GridAxis::expert_copies, Operation::reduce_scatter,
                                         Bytes(gradient * real(unit.experts))));
    if (gathers == 0) first = gather;
    gathers += gather;
    reduces += reduce;
    last = reduce;
  }
  // One unit is gathered while the one before computes; the first is waited for.
  const double forward = part.forward * factors.compute;
  const double backward =
      (part.backward_input + part.again + part.backward_weights) * factors.compute;
  const auto beyond = [&](double time, double beside, double alone) {
    return std::max(alone, time - std::max(0.0, beside));
  };
  sum.forward = layout_.overlap.parameters ? beyond(gathers, forward, first) : gathers;
  const double both = gathers + reduces;
  sum.backward = layout_.overlap.gradients ? beyond(both, backward, last) : both;
  sum.hidden = gathers + both - sum.forward - sum.backward;
  return sum;
}

LayoutStep LayoutJob::step(const LayoutFactors& factors) const {
  const double slower = layout_.overlap.slowdown - 1;  // of computing, beside what goes on
  const double m = real(layout_.microbatches);
  PipelineTimes times;
  std::vector<double> computed, again, waits, hidden;  // by part, of a microbatch
  for (const PartCost& part : parts_) {
    const Streamed stream = streamed(part, factors);
    const double beside = part.hidden * factors.bandwidth + stream.hidden;
    const double forward = part.forward * factors.compute;
    const double input = part.backward_input * factors.compute;
    const double weights = part.backward_weights * factors.compute;
    const double repeated = part.again * factors.compute;
    const double offloaded = layout_.offload_activations > 0
                                 ? 2 * layout_.offload_activations *
                                       (part.kept / scenario_.device.host_link_bandwidth).value()
                                 : 0;
    const double forward_waits = factors.of(part.forward_exchanges) + stream.forward;
    const double backward_waits = factors.of(part.backward_exchanges + part.exchanges_again) +
                                  stream.backward +
                                  std::max(0.0, offloaded - forward - input - weights);
    times.parts.push_back({forward + forward_waits + slower * stream.hidden / 2,
                           input + repeated + backward_waits,
                           weights + slower * (beside - stream.hidden / 2)});
    computed.push_back(forward + input + weights + slower * beside);
    again.push_back(repeated);
    waits.push_back(forward_waits + backward_waits);
    hidden.push_back(beside);
  }
  times.forward_message = times.backward_message = factors.of(message_);
  times.messages_block = !layout_.overlap.pipeline && layout_.pipeline > 1;
  const PipelineTimeline line = pipeline_timeline(pipeline_, orders_, times);

  LayoutStep step;
  double reduced = 0, gathered = 0, optimizer = 0, offload = 0;
  std::vector<double> reduce_waits, gather_waits;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const Stage& stage = stages_[i];
    const StageTimeline& of = line.stages[i];
    const auto beyond = [&](const ExchangeTime& all, const ExchangeTime& least, bool overlaps,
                            double beside) {
      if (!overlaps) return factors.of(all);
      return std::max(factors.of(least), factors.of(all) - beside * factors.compute);
    };
    const double reduce = layout_.zero == 2
                              ? 0
                              : beyond(stage.reduce, stage.last_reduce, layout_.overlap.gradients,
                                       stage.last_backward);
    const double gather =
        beyond(stage.gather, stage.first_gather, layout_.overlap.parameters, stage.first_forward);
    const double covered = factors.of(stage.reduce) + factors.of(stage.gather) - reduce - gather;
    step.hidden += covered;
    const double slow = slower * std::max(0.0, covered);
    reduce_waits.push_back(reduce + factors.of(stage.ends));
    gather_waits.push_back(gather);
    reduced = std::max(reduced, of.last + slow + reduce_waits.back());
    gathered = std::max(gathered, gather);
    optimizer = std::max(optimizer, stage.optimizer * factors.compute);
    offload = std::max(offload, stage.offload);
  }
  const double norm = factors.of(norm_);
  step.seconds = reduced + norm + offload + optimizer + gathered;

  const double count = static_cast<double>(stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    double computes = 0, repeats = 0, exposed = norm + reduce_waits[i] + gather_waits[i];
    // DualPipe shares the microbatches of each part between two stages.
    const bool halves = pipeline_.schedule == PipelineSchedule::dualpipe;
    const double each = halves ? m / 2 : m;
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const auto part = static_cast<std::size_t>(part_at(pipeline_, static_cast<int>(i), chunk));
      computes += each * computed[part];
      repeats += each * again[part];
      exposed += each * waits[part];
      step.hidden += each * hidden[part];
    }
    exposed += line.stages[i].sending;
    const double update = stages_[i].optimizer * factors.compute;
    const double rest = step.seconds - computes - repeats - exposed - update - stages_[i].offload;
    step.parts[StepPhase::compute] += Duration(computes / count);
    step.parts[StepPhase::recompute] += Duration(repeats / count);
    step.parts[StepPhase::exposed_communication] += Duration(exposed / count);
    step.parts[StepPhase::optimizer] += Duration(update / count);
    step.parts[StepPhase::offload] += Duration(stages_[i].offload / count);
    const bool pipelined = stages_.size() > 1;
    step.parts[pipelined ? StepPhase::pipeline_bubble : StepPhase::other] += Duration(rest / count);
  }
  step.hidden /= count;
  return step;
}

Bytes LayoutJob::activations(int stage) const {
  double now = 0, most = 0;
  const auto& order = orders_[static_cast<std::size_t>(stage)];
  for (const PipelineOp& op : order) {
    const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, stage, op.chunk))];
    const double kept = part.kept.value() * (1 - layout_.offload_activations);
    switch (op.pass) {
      case PipelinePass::forward:
        now += kept;
        most = std::max(most, now);
        break;
      case PipelinePass::backward_input:
        most = std::max(most, now + part.for_again.value());
        break;
      case PipelinePass::backward:
      case PipelinePass::backward_weights:
        most = std::max(most, now + part.for_again.value());
        now -= kept;
        break;
    }
  }
  return Bytes(most);
}

DeviceMemory LayoutJob::memory() const {
  const double stored = stored_bytes(scenario_.precision);
  const double gradient = scenario_.stored_gradient_bytes;
  const double states =
      4.0 * (scenario_.optimizer.slots + (stored < 4 ? 1 : 0)) * (1 - layout_.offload_optimizer);
  DeviceMemory fullest;
  for (int i = 0; i < pipeline_.stages; ++i) {
    const Stage& stage = stages_[static_cast<std::size_t>(i)];
    const double all = real(stage.dense + stage.experts);
    const double own =
        real(stage.dense) / shard_size(false) + real(stage.experts) / shard_size(true);
    double largest = 0;  // unit of zero 3
    DeviceMemory memory;
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, i, chunk))];
      memory[MemoryPart::transient] = std::max(memory[MemoryPart::transient], part.transient);
      for (const PartCost::Gathered& unit : part.units) {
        largest = std::max(largest, real(unit.dense + unit.experts));
      }
    }
    memory[MemoryPart::weights] = Bytes(stored * (layout_.zero == 3 ? own : all));
    memory[MemoryPart::gradients] = Bytes(gradient * (layout_.zero >= 2 ? own : all));
    memory[MemoryPart::optimizer] = Bytes(states * own);
    memory[MemoryPart::activations] = activations(i);
    // Two gathered units, and the gradients of one that are not yet shared out.
    if (layout_.zero == 3) memory[MemoryPart::buffers] = Bytes((2 * stored + gradient) * largest);
    memory[MemoryPart::framework] =
        framework_memory(scenario_.device.is_accelerator(), memory.allocated());
    if (memory.total() > fullest.total()) fullest = memory;
  }
  return fullest;
}

}  // namespace rehearse
