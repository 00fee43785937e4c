#include "predict/layout_stage.h"

#include <algorithm>
#include <cmath>

#include "predict/job_costs.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

// In buckets where they travel while something is computed, else at once; `one`: of a bucket.
ExchangeTime in_buckets(const LayoutContext& context, GridAxis axis, Operation operation,
                        double bytes, bool overlaps, ExchangeTime* one) {
  if (bytes <= 0) return {};
  const double bucket =
      real(bucket_elements(context.scenario, context.layout)) * context.scenario.gradient_bytes;
  if (!overlaps || bucket >= bytes) {
    const ExchangeTime all = context.exchanges.collective(axis, operation, Bytes(bytes));
    if (one != nullptr) *one += all;
    return all;
  }
  const double full = std::floor(bytes / bucket);
  const ExchangeTime each = context.exchanges.collective(axis, operation, Bytes(bucket));
  if (one != nullptr) *one += each;
  return each * full + context.exchanges.collective(axis, operation, Bytes(bytes - full * bucket));
}

// Of the exchanges of experts, the share that goes on beside the passes of another microbatch,
// which compute for so long in both directions.
double share_beside(const PartCost& part, double computed, const LayoutContext& context,
                    const LayoutFactors& factors) {
  const double all = factors.of(part.forward_experts + part.backward_experts);
  if (!context.layout.overlap.expert || all <= 0) return 0;
  return std::clamp((computed - part.hidden * factors.bandwidth) / all, 0.0, 1.0);
}

}  // namespace

void StageParameters::add(const PartCost& part) {
  dense += part.parameters - part.experts;
  experts += part.experts;
  repeated += part.repeated;
  largest = std::max(largest, part.largest_unit);
}

StageParameters parameters_of(const std::vector<const PartCost*>& parts, bool ties) {
  StageParameters stage;
  std::int64_t embedding = 0, tied = 0;
  for (const PartCost* part : parts) {
    stage.add(*part);
    embedding += part->embedding;
    tied += part->tied;
  }
  if (embedding > 0) stage.dense -= tied;  // one copy serves both
  if (ties && (embedding > 0) != (tied > 0)) stage.embedding = embedding + tied;
  return stage;
}

double LayoutContext::shards(bool of_experts) const {
  if (layout.zero == 0) return 1;
  return of_experts ? exchanges.size(GridAxis::expert_copies) : exchanges.size(GridAxis::shards);
}

bool is_megatron_like(const Scenario& scenario) {
  return scenario.framework == Framework::megatron || scenario.framework == Framework::deepspeed;
}

StageWork work_of(const StageParameters& stage, const LayoutContext& context) {
  const Scenario& scenario = context.scenario;
  const Layout& layout = context.layout;
  const double gradient = scenario.wire_bytes(), weight = stored_bytes(scenario.precision);
  const double dense = real(stage.dense), experts = real(stage.experts);
  const bool beside = layout.overlap.gradients, ahead = layout.overlap.parameters;
  const double shards = context.shards(false);
  StageWork work;
  if (layout.zero == 0) {
    work.reduce = in_buckets(context, GridAxis::replicas, Operation::all_reduce, dense * gradient,
                             beside, &work.last_reduce);
    work.reduce += in_buckets(context, GridAxis::expert_copies, Operation::all_reduce,
                              experts * gradient, beside, &work.last_reduce);
  } else {
    if (layout.zero == 1) {
      work.reduce = in_buckets(context, GridAxis::shards, Operation::reduce_scatter,
                               dense * gradient, beside, &work.last_reduce);
      work.reduce += in_buckets(context, GridAxis::expert_copies, Operation::reduce_scatter,
                                experts * gradient, beside, &work.last_reduce);
    }
    work.reduce += in_buckets(context, GridAxis::shard_copies, Operation::all_reduce,
                              dense * gradient / shards, beside,
                              layout.zero == 1 ? nullptr : &work.last_reduce);
    if (layout.zero < 3) {
      work.gather = in_buckets(context, GridAxis::shards, Operation::all_gather, dense * weight,
                               ahead, &work.first_gather);
      work.gather += in_buckets(context, GridAxis::expert_copies, Operation::all_gather,
                                experts * weight, ahead, &work.first_gather);
    }
  }
  if (layout.sequence && layout.tensor > 1) {
    work.ends += context.exchanges.collective(GridAxis::tensor, Operation::all_reduce,
                                              Bytes(4.0 * real(stage.repeated)));
  }
  if (stage.embedding > 0) {
    work.ends += context.exchanges.message(Bytes(gradient * real(stage.embedding)));
  }
  const double own = dense / shards + experts / context.shards(true);
  const double updated = own * (1 - layout.offload_optimizer), moved = own - updated;
  // Gradients are cleared, and read once for their norm.
  const double passes =
      scenario.stored_gradient_bytes * ((layout.zero >= 2 ? own : dense + experts) + own);
  work.optimizer =
      context.cost.stream_time(update_traffic(scenario, std::llround(updated)) + Bytes(passes))
          .value();
  if (moved > 0) {
    const Bytes over_link(moved * (gradient + weight));
    work.offload =
        (over_link / scenario.device.host_link_bandwidth +
         update_traffic(scenario, std::llround(moved)) / scenario.strategy.servers.update_bandwidth)
            .value();
  }
  return work;
}

StreamedUnits streamed(const PartCost& part, double forward, double backward,
                       const LayoutContext& context, const LayoutFactors& factors) {
  StreamedUnits sum;
  const Layout& layout = context.layout;
  if (layout.zero < 2) return sum;
  const double gradient = context.scenario.wire_bytes();
  const double weight = stored_bytes(context.scenario.precision);
  const auto exchange = [&](Operation operation, double each, const PartCost::Units& units) {
    return factors.of(
        context.exchanges.collective(GridAxis::shards, operation, Bytes(each * real(units.dense))) +
        context.exchanges.collective(GridAxis::expert_copies, operation,
                                     Bytes(each * real(units.experts))));
  };
  double gathers = 0, reduces = 0, first = 0, last = 0;
  for (const PartCost::Units& units : part.units) {
    const double gather = layout.zero == 3 ? exchange(Operation::all_gather, weight, units) : 0;
    const double reduce = exchange(Operation::reduce_scatter, gradient, units);
    if (gathers == 0) first = gather;
    gathers += gather * units.count;
    reduces += reduce * units.count;
    last = reduce;
  }
  // One unit is gathered while the one before computes; the first is waited for.
  const auto left = [](double time, double beside, double alone) {
    return std::max(alone, time - beside);
  };
  sum.forward = layout.overlap.parameters ? left(gathers, forward, first) : gathers;
  const double both = gathers + reduces;
  sum.backward = layout.overlap.gradients ? left(both, backward, last) : both;
  sum.hidden = gathers + both - sum.forward - sum.backward;
  return sum;
}

PartStep part_step(const PartCost& part, const LayoutContext& context, const LayoutFactors& factors,
                   bool streams) {
  const Layout& layout = context.layout;
  const double slower = layout.overlap.slowdown - 1;  // of computing, beside what goes on
  const double forward = part.forward * factors.compute;
  const double input = part.backward_input * factors.compute;
  const double weights = part.backward_weights * factors.compute;
  const double repeated = part.again * factors.compute;
  StreamedUnits stream = streamed(part, forward, input + weights + repeated, context, factors);
  if (!streams) stream.forward = stream.backward = 0;
  const double share = share_beside(part, forward + input + weights + repeated, context, factors);
  const double forward_experts = share * factors.of(part.forward_experts);
  const double backward_experts = share * factors.of(part.backward_experts);
  const double beside =
      part.hidden * factors.bandwidth + stream.hidden + forward_experts + backward_experts;
  const double offloaded =
      layout.offload_activations > 0
          ? 2 * layout.offload_activations *
                (part.kept / context.scenario.device.host_link_bandwidth).value()
          : 0;
  const double forward_waits =
      factors.of(part.forward_exchanges) - forward_experts + stream.forward;
  const double backward_waits = factors.of(part.backward_exchanges + part.exchanges_again) -
                                backward_experts + stream.backward +
                                std::max(0.0, offloaded - forward - input - weights);
  PartStep step;
  step.times = {forward + forward_waits + part.forward_host + slower * stream.hidden / 2,
                input + repeated + backward_waits + part.backward_host,
                weights + slower * (beside - stream.hidden / 2)};
  step.computed = forward + input + weights + slower * beside;
  step.again = repeated;
  step.waits = forward_waits + backward_waits;
  step.host = part.forward_host + part.backward_host;
  step.hidden = beside;
  return step;
}

StageWaits waits_of(const StageWork& work, double last_backward, double first_forward,
                    const LayoutContext& context, const LayoutFactors& factors) {
  const LayoutOverlap& overlap = context.layout.overlap;
  const double reduce =
      beyond(work.reduce, work.last_reduce, overlap.gradients ? last_backward : 0, factors);
  const double gather =
      beyond(work.gather, work.first_gather, overlap.parameters ? first_forward : 0, factors);
  return {reduce + factors.of(work.ends), gather,
          factors.of(work.reduce) + factors.of(work.gather) - reduce - gather};
}

double beyond(const ExchangeTime& all, const ExchangeTime& least, double beside,
              const LayoutFactors& factors) {
  return std::max(factors.of(least), factors.of(all) - beside);
}

DeviceMemory states_of(const StageParameters& stage, const LayoutContext& context) {
  const Scenario& scenario = context.scenario;
  const Layout& layout = context.layout;
  const double stored = stored_bytes(scenario.precision);
  const double gradient = scenario.stored_gradient_bytes;
  const double all = real(stage.dense + stage.experts);
  const double own =
      real(stage.dense) / context.shards(false) + real(stage.experts) / context.shards(true);
  // Slots, and an fp32 copy of weights of 2 bytes.
  const double states =
      4.0 * (scenario.optimizer.slots + (stored < 4 ? 1 : 0)) * (1 - layout.offload_optimizer);
  DeviceMemory memory;
  memory[MemoryPart::weights] = Bytes(stored * (layout.zero == 3 ? own : all));
  memory[MemoryPart::gradients] = Bytes(gradient * (layout.zero >= 2 ? own : all));
  memory[MemoryPart::optimizer] = Bytes(states * own);
  // Two gathered units, and the gradients of one that are not shared out yet.
  if (layout.zero == 3) {
    memory[MemoryPart::buffers] = Bytes((2 * stored + gradient) * real(stage.largest));
  }
  return memory;
}

double accumulation(const PartCost& part, const LayoutContext& context) {
  const Scenario& scenario = context.scenario;
  const bool adds = scenario.framework == Framework::megatron || context.layout.microbatches > 1;
  if (!adds || context.layout.zero == 3) return 0;
  const double each = 2.0 * scenario.stored_gradient_bytes - stored_bytes(scenario.precision);
  return context.cost.stream_time(Bytes(each * real(part.parameters))).value();
}

ExchangeTime stage_message(Bytes output, const LayoutContext& context) {
  const Layout& layout = context.layout;
  if (layout.pipeline == 1) return {};
  const bool shares = layout.tensor > 1 && !layout.sequence && is_megatron_like(context.scenario);
  if (!shares) return context.exchanges.message(output);
  return context.exchanges.message(output / layout.tensor) +
         context.exchanges.collective(GridAxis::tensor, Operation::all_gather, output);
}

}  // namespace rehearse
