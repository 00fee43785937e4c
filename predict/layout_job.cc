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
      pipeline_(pipeline_of(layout)) {
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
    std::vector<const PartCost*> chunks;
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const PartCost& part = parts_[static_cast<std::size_t>(part_at(pipeline_, i, chunk))];
      chunks.push_back(&part);
      stage.last_backward += part.backward_input + part.again + part.backward_weights;
      stage.first_forward += part.forward;
    }
    stage.parameters = parameters_of(chunks, parts_.back().tied > 0);
    stage.work = work_of(stage.parameters, context());
  }
}

PartStep LayoutJob::pass(std::size_t part, bool streams) const {
  return part_step(parts_[part], context(), {}, streams);
}

double LayoutJob::passes_of_part() const {
  // DualPipe shares the microbatches of each part between two stages.
  const double halves = pipeline_.schedule == PipelineSchedule::dualpipe ? 2 : 1;
  return real(layout_.microbatches) / halves;
}

double LayoutJob::slowed_pass(int stage) const {
  const Stage& of = stages_[static_cast<std::size_t>(stage)];
  const StageWaits waits = waits_of(of.work, of.last_backward, of.first_forward, context(), {});
  const double slower = layout_.overlap.slowdown - 1;
  return slower * std::max(0.0, waits.hidden) / (passes_of_part() * pipeline_.chunks);
}

double LayoutJob::waits_in_passes() const {
  double sum = 0;
  for (int stage = 0; stage < pipeline_.stages; ++stage) {
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const auto part = static_cast<std::size_t>(part_at(pipeline_, stage, chunk));
      sum += passes_of_part() * pass(part, false).waits;
    }
  }
  return sum / pipeline_.stages;
}

LayoutStep LayoutJob::step(const LayoutFactors& factors) const {
  const double slower = layout_.overlap.slowdown - 1;
  PipelineTimes times;
  std::vector<PartStep> steps;  // by part, of a microbatch
  for (const PartCost& part : parts_) {
    steps.push_back(part_step(part, context(), factors));
    times.parts.push_back(steps.back().times);
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
    const StageWaits waits = waits_of(work, stage.last_backward * factors.compute,
                                      stage.first_forward * factors.compute, context(), factors);
    step.hidden += waits.hidden;
    slowed.push_back(slower * std::max(0.0, waits.hidden));
    reduce_waits.push_back(waits.reduce);
    gather_waits.push_back(waits.gather);
    reduced = std::max(reduced, of.last + slowed.back() + waits.reduce);
    gathered = std::max(gathered, waits.gather);
    optimizer = std::max(optimizer, work.optimizer * factors.compute);
    offload = std::max(offload, work.offload);
  }
  const double norm = factors.of(norm_);
  step.seconds = reduced + norm + offload + optimizer + gathered;

  const double count = static_cast<double>(stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    double computes = slowed[i], repeats = 0, host = 0,
           exposed = norm + reduce_waits[i] + gather_waits[i];
    const double each = passes_of_part();
    for (int chunk = 0; chunk < pipeline_.chunks; ++chunk) {
      const auto part = static_cast<std::size_t>(part_at(pipeline_, static_cast<int>(i), chunk));
      computes += each * steps[part].computed;
      repeats += each * steps[part].again;
      exposed += each * steps[part].waits;
      host += each * steps[part].host;
      step.hidden += each * steps[part].hidden;
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
