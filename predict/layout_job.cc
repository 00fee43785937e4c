#include "predict/layout_job.h"

#include <algorithm>
#include <cmath>

#include "predict/job_costs.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

constexpr Bytes kScalar(4);

double real(std::int64_t number) { return static_cast<double>(number); }

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
  for (const UnitRange& range : units_of_parts(units, layout)) {
    PartCost& part =
        parts_.emplace_back(part_cost(units, range, layout, exchanges, is_megatron_like(scenario)));
    part.backward_weights += accumulation(part, context());
  }
  message_ = stage_message(parts_.front().output, context());
  for (const GridAxis axis : {GridAxis::tensor, GridAxis::replicas, GridAxis::pipeline}) {
    norm_ += exchanges.collective(axis, Operation::all_reduce, kScalar);
  }
  orders_ = pipeline_orders(pipeline_, costs_of(parts_, message_.seconds));
  add_stages();
}

void LayoutJob::add_stages() {
  for (int i = 0; i < pipeline_.stages; ++i) {
    Stage& stage = stages_.emplace_back();
    std::int64_t embedding = 0, tied = 0;
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, i, chunk))];
      stage.parameters.add(part);
      embedding += part.embedding;
      tied += part.tied;
      stage.last_backward += part.backward_input + part.again + part.backward_weights;
      stage.first_forward += part.forward;
    }
    if (embedding > 0) stage.parameters.dense -= tied;  // one copy serves both
    if (parts_.back().tied > 0 && (embedding > 0) != (tied > 0)) {
      stage.parameters.embedding = embedding + tied;
    }
    stage.work = work_of(stage.parameters, context());
  }
}

PassTimes LayoutJob::passes(const PartCost& part, const LayoutFactors& factors,
                            bool streams) const {
  const double slower = layout_.overlap.slowdown - 1;  // of computing, beside what goes on
  const double forward = part.forward * factors.compute;
  const double input = part.backward_input * factors.compute;
  const double weights = part.backward_weights * factors.compute;
  PassTimes pass;
  pass.again = part.again * factors.compute;
  const StreamedUnits stream =
      streams ? streamed(part, forward, input + weights + pass.again, context(), factors)
              : StreamedUnits{};
  pass.hidden = part.hidden * factors.bandwidth + stream.hidden;
  double offloaded = 0;
  if (layout_.offload_activations > 0) {
    const double there_and_back = 2 * layout_.offload_activations;
    offloaded = (part.kept * there_and_back / scenario_.device.host_link_bandwidth).value();
  }
  const double forward_waits = factors.of(part.forward_exchanges) + stream.forward;
  const double backward_waits = factors.of(part.backward_exchanges + part.exchanges_again) +
                                stream.backward +
                                std::max(0.0, offloaded - forward - input - weights);
  pass.forward = forward + forward_waits + part.forward_host + slower * stream.hidden / 2;
  pass.backward_input = input + pass.again + backward_waits + part.backward_host;
  pass.backward_weights = weights + slower * (pass.hidden - stream.hidden / 2);
  pass.computed = forward + input + weights + slower * pass.hidden;
  pass.waits = forward_waits + backward_waits;
  pass.host = part.forward_host + part.backward_host;
  return pass;
}

double LayoutJob::waits_in_passes() const {
  double sum = 0;
  for (int stage = 0; stage < pipeline_.stages; ++stage) {
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const auto part = static_cast<std::size_t>(part_at(pipeline_, stage, chunk));
      sum += real(layout_.microbatches) * passes(parts_[part], {}, false).waits;
    }
  }
  return sum / pipeline_.stages;
}

LayoutStep LayoutJob::step(const LayoutFactors& factors) const {
  const double slower = layout_.overlap.slowdown - 1;
  const double m = real(layout_.microbatches);
  PipelineTimes times;
  std::vector<PassTimes> passes_of;  // by part
  for (const PartCost& part : parts_) {
    const PassTimes& pass = passes_of.emplace_back(passes(part, factors, true));
    times.parts.push_back({pass.forward, pass.backward_input, pass.backward_weights});
  }
  times.forward_message = times.backward_message = factors.of(message_);
  times.messages_block = !layout_.overlap.pipeline && layout_.pipeline > 1;
  const PipelineTimeline line = pipeline_timeline(pipeline_, orders_, times);

  LayoutStep step;
  double reduced = 0, gathered = 0, optimizer = 0, offload = 0;
  std::vector<double> reduce_waits, gather_waits, slowed;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const Stage& stage = stages_[i];
    const StageTimeline& of = line.stages[i];
    const StageWork& work = stage.work;
    const double reduce =
        beyond(work.reduce, work.last_reduce,
               layout_.overlap.gradients ? stage.last_backward * factors.compute : 0, factors);
    const double gather =
        beyond(work.gather, work.first_gather,
               layout_.overlap.parameters ? stage.first_forward * factors.compute : 0, factors);
    const double covered = factors.of(work.reduce) + factors.of(work.gather) - reduce - gather;
    step.hidden += covered;
    slowed.push_back(slower * std::max(0.0, covered));
    reduce_waits.push_back(reduce + factors.of(work.ends));
    gather_waits.push_back(gather);
    reduced = std::max(reduced, of.last + slowed.back() + reduce_waits.back());
    gathered = std::max(gathered, gather);
    optimizer = std::max(optimizer, work.optimizer * factors.compute);
    offload = std::max(offload, work.offload);
  }
  const double norm = factors.of(norm_);
  step.seconds = reduced + norm + offload + optimizer + gathered;

  const double count = static_cast<double>(stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    double computes = slowed[i], repeats = 0, host = 0,
           exposed = norm + reduce_waits[i] + gather_waits[i];
    // DualPipe shares the microbatches of each part between two stages.
    const bool halves = pipeline_.schedule == PipelineSchedule::dualpipe;
    const double each = halves ? m / 2 : m;
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const auto part = static_cast<std::size_t>(part_at(pipeline_, static_cast<int>(i), chunk));
      computes += each * passes_of[part].computed;
      repeats += each * passes_of[part].again;
      exposed += each * passes_of[part].waits;
      host += each * passes_of[part].host;
      step.hidden += each * passes_of[part].hidden;
    }
    exposed += line.stages[i].sending;
    const double update = stages_[i].work.optimizer * factors.compute;
    const double rest =
        step.seconds - computes - repeats - exposed - update - host - stages_[i].work.offload;
    step.parts[StepPhase::compute] += Duration(computes / count);
    step.parts[StepPhase::recompute] += Duration(repeats / count);
    step.parts[StepPhase::exposed_communication] += Duration(exposed / count);
    step.parts[StepPhase::optimizer] += Duration(update / count);
    step.parts[StepPhase::offload] += Duration(stages_[i].work.offload / count);
    step.parts[StepPhase::other] += Duration(host / count);
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
  DeviceMemory fullest;
  for (int i = 0; i < pipeline_.stages; ++i) {
    DeviceMemory memory = states_of(stages_[static_cast<std::size_t>(i)].parameters, context());
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, i, chunk))];
      memory[MemoryPart::transient] = std::max(memory[MemoryPart::transient], part.transient);
    }
    memory[MemoryPart::activations] = activations(i);
    memory[MemoryPart::framework] =
        framework_memory(scenario_.device.is_accelerator(), memory.allocated());
    if (memory.total() > fullest.total()) fullest = memory;
  }
  return fullest;
}

}  // namespace rehearse
