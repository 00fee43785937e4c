#include "predict/layout_formula.h"

#include <algorithm>

#include "base/contract.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

constexpr Bytes kScalar(4);
constexpr LayoutFactors kMiddle{};

// Whether the costs of parts that are known are those of this layout as well.
bool same_parts(const Layout& a, const Layout& b) {
  return part_shape(a) == part_shape(b) && a.order == b.order &&
         a.expert_dispatch == b.expert_dispatch && a.expert_nodes == b.expert_nodes &&
         a.expert_fp8 == b.expert_fp8 &&
         (a.order == Layout{}.order || (a.pipeline == b.pipeline && a.data == b.data));
}

}  // namespace

LayoutFormula::LayoutFormula(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
                             ExchangePrices& prices)
    : scenario_(scenario),
      cost_(cost),
      units_(units),
      prices_(prices),
      stage_kinds_(units),
      accelerator_(scenario.device.is_accelerator()) {}

void LayoutFormula::set_frame(const Layout& layout, const std::vector<LayoutSharding>& shardings) {
  EXPECTS(!shardings.empty());
  if (!same_parts(layout, frame_)) known_.clear();
  frame_ = layout;
  held_of_.reset();
  kinds_ = stage_kinds_.of(layout);
  used_.clear();
  for (const StageKind& kind : kinds_)
    used_.insert(used_.end(), kind.parts.begin(), kind.parts.end());
  std::ranges::sort(used_);
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
  const std::size_t ranges = stage_kinds_.ranges().size();
  parts_.resize(ranges);
  weights_.resize(ranges);
  // What the shardings have in common: who exchanges what of a part.
  plain_ = layout;
  plain_.zero = 0;
  exchanges_ = std::make_unique<PricedExchanges>(plain_, prices_);
  norm_ = {};
  for (const GridAxis axis : {GridAxis::tensor, GridAxis::replicas, GridAxis::pipeline}) {
    norm_ += exchanges_->collective(axis, Operation::all_reduce, kScalar);
  }
  parameters_.clear();
  std::vector<const PartCost*> of_range(ranges, nullptr);
  for (const std::size_t range : used_) {
    of_range[range] = &part(range, layout.microbatch, layout.recompute);
  }
  bool ties = false;
  for (const std::size_t range : used_) ties = ties || of_range[range]->tied > 0;
  // Of one part that has both, `tied` is nothing; then nothing is tied between stages.
  for (const StageKind& kind : kinds_) {
    std::vector<const PartCost*> chunks;
    for (const std::size_t range : kind.parts) chunks.push_back(of_range[range]);
    parameters_.push_back(parameters_of(chunks, ties));
  }
  shardings_.clear();
  for (const LayoutSharding& how : shardings) add_sharding(how);
}

void LayoutFormula::add_sharding(const LayoutSharding& how) {
  Sharded& sharded = shardings_.emplace_back();
  Layout& layout = sharded.layout;
  layout = frame_;
  layout.zero = how.zero;
  layout.shard_group = how.group;
  layout.offload_optimizer = how.offload_optimizer;
  layout.overlap = overlap_of(scenario_, layout);
  sharded.exchanges = std::make_unique<PricedExchanges>(layout, prices_);
  for (const StageParameters& stage : parameters_) {
    const StageWork& work = sharded.works.emplace_back(work_of(stage, context(sharded)));
    sharded.optimizer = std::max(sharded.optimizer, work.optimizer);
    sharded.offload = std::max(sharded.offload, work.offload);
    sharded.states.push_back(states_of(stage, context(sharded)).allocated().value());
  }
}

const PartCost& LayoutFormula::part(std::size_t range, std::int64_t microbatch,
                                    const Recompute& recompute) {
  auto& known = known_[{microbatch, static_cast<int>(recompute.mode)}];
  if (known.size() <= range) known.resize(stage_kinds_.ranges().size());
  if (!known[range]) {
    plain_.microbatch = microbatch;
    plain_.recompute = recompute;
    known[range] = part_cost(units_, stage_kinds_.ranges()[range], plain_, *exchanges_,
                             is_megatron_like(scenario_));
  }
  return *known[range];
}

void LayoutFormula::set_pass(std::int64_t microbatch, std::int64_t microbatches,
                             const Recompute& recompute) {
  held_of_.reset();
  timed_.reset();
  frame_.microbatches = plain_.microbatches = microbatches;
  for (Sharded& sharded : shardings_) sharded.layout.microbatches = microbatches;
  // All but zero 3 add gradients up where they are.
  const LayoutContext context{scenario_, cost_, plain_, *exchanges_};
  for (const std::size_t range : used_) {
    const PartCost& known = part(range, microbatch, recompute);
    parts_[range] = known;
    weights_[range] = known.backward_weights;
    parts_[range].backward_weights += accumulation(known, context);
  }
  message_ = stage_message(parts_[kinds_.front().parts.front()].output, context).seconds;
  for (Sharded& sharded : shardings_) share_out_times(sharded);
  passes_.clear();
  for (const StageKind& kind : kinds_) {
    StagePass& pass = passes_.emplace_back();
    for (const std::size_t range : kind.parts) {
      const PartCost& part = parts_[range];
      pass.last_backward += part.backward_input + part.again + part.backward_weights;
      pass.first_forward += part.forward;
      pass.for_again = std::max(pass.for_again, part.for_again.value());
      pass.transient = std::max(pass.transient, part.transient.value());
    }
  }
}

void LayoutFormula::share_out_times(Sharded& sharded) {
  const LayoutContext of = context(sharded);
  std::vector<PartTimes> times(parts_.size());
  for (const std::size_t range : used_) {
    PartCost& part = parts_[range];
    const double added = part.backward_weights;
    if (sharded.layout.zero == 3) part.backward_weights = weights_[range];
    times[range] = part_step(part, of, kMiddle).times;
    part.backward_weights = added;
  }
  sharded.sums.clear();
  for (const StageKind& kind : kinds_) {
    StageSums& sum = sharded.sums.emplace_back();
    sum.first = kind.first;
    sum.last = kind.last;
    sum.count = kind.count;
    for (const std::size_t range : kind.parts) {
      sum.each.forward += times[range].forward;
      sum.each.backward_input += times[range].backward_input;
      sum.each.backward_weights += times[range].backward_weights;
    }
  }
}

void LayoutFormula::set_held(PipelineSchedule schedule) {
  if (held_of_ == schedule) return;
  held_of_ = schedule;
  activations_.assign(kinds_.size(), 0);
  frame_.schedule = schedule;
  const double here = 1 - frame_.offload_activations;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    held_microbatches(frame_, kinds_[k].first, held_);
    for (std::size_t chunk = 0; chunk < kinds_[k].parts.size(); ++chunk) {
      activations_[k] += held_[chunk] * here * parts_[kinds_[k].parts[chunk]].kept.value();
    }
    activations_[k] += passes_[k].for_again + passes_[k].transient;
  }
}

LayoutEstimate LayoutFormula::estimate(PipelineSchedule schedule, std::size_t sharding) {
  EXPECTS(sharding < shardings_.size() && !passes_.empty());
  set_held(schedule);
  Sharded& sharded = shardings_[sharding];
  Layout& layout = sharded.layout;
  const LayoutContext of = context(sharded);
  if (!timed_ || timed_->first != schedule || timed_->second != sharding) {
    if (layout.schedule != schedule) {
      layout.schedule = schedule;
      const LayoutOverlap overlap = overlap_of(scenario_, layout);
      const bool differs = overlap != layout.overlap;
      layout.overlap = overlap;
      if (differs) share_out_times(sharded);
    }
    const bool blocks = !layout.overlap.pipeline && layout.pipeline > 1;
    estimate_pipeline(layout, sharded.sums, message_, blocks, pipeline_);
    timed_ = {schedule, sharding};
  }
  const double slower = layout.overlap.slowdown - 1;
  LayoutEstimate result;
  double reduced = 0, gathered = 0;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const StagePass& pass = passes_[k];
    const StageWaits waits =
        waits_of(sharded.works[k], pass.last_backward, pass.first_forward, of, kMiddle);
    const double slow = slower * std::max(0.0, waits.hidden);
    reduced = std::max(reduced, pipeline_.seconds - pipeline_.earlier[k] + slow + waits.reduce);
    gathered = std::max(gathered, waits.gather);
    const double allocated = sharded.states[k] + activations_[k];
    const double all = allocated + framework_memory(accelerator_, Bytes(allocated)).value();
    result.memory = std::max(result.memory, all);
  }
  result.seconds = reduced + norm_.seconds + sharded.offload + sharded.optimizer + gathered;
  return result;
}

LayoutEstimate LayoutFormula::of(const Layout& layout) {
  set_frame(layout, {{layout.zero, layout.shard_group, layout.offload_optimizer}});
  shardings_.front().layout.overlap = layout.overlap;
  set_pass(layout.microbatch, layout.microbatches, layout.recompute);
  return estimate(layout.schedule, 0);
}

}  // namespace rehearse
