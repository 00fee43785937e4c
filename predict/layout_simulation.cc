#include "predict/layout_simulation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "predict/job_costs.h"
#include "predict/job_places.h"
#include "predict/layout_point.h"
#include "scenarios/framework.h"

namespace rehearse {

LayoutSimulation::LayoutSimulation(const JobPoint& job, const BuiltNetwork& built)
    : point_(job),
      cost_(calibrated_cost(job)),
      units_(job.model(), cost_, job.scenario().precision, factors_of(job.scenario())),
      network_(job.scenario(), built, job.layout(), job_places(job, built.network)),
      job_(job.scenario(), cost_, units_, job.layout(), network_),
      expected_(job_.step()) {
  for (int stage = 0; stage < job_.pipeline().stages; ++stage) add_stage(stage);
}

void LayoutSimulation::add_stage(int stage) {
  const Scenario& scenario = point_.scenario();
  const Layout& layout = point_.layout();
  const int rank = network_.grid().on_stage(0, stage);
  PipelineCosts pass;
  if (!job_.parts().empty()) {
    const PartCost& part = job_.parts().front();
    pass = {part.forward, part.backward_input, part.backward_weights, 0};
  }
  const std::vector<RankPart> parts = rank_parts(point_.model(), layout, network_.grid(), rank);
  programs_.push_back(std::make_shared<const RankProgram>(rank_program(
      rank_chunks(point_.model(), layout, parts), layout, network_.grid(), rank,
      {.bucket_elements = bucket_elements(scenario, layout), .costs = pass, .norm = true})));
  TaskCosts& costs = costs_.emplace_back();
  const double slowed = job_.slowed_pass(stage);
  for (int chunk = 0; chunk < job_.pipeline().chunks; ++chunk) {
    const auto part = static_cast<std::size_t>(part_at(job_.pipeline(), stage, chunk));
    PartTimes times = job_.pass(part, false).times;
    times.backward_weights += slowed;
    if (folded()) {
      add_pass(times, costs);
    } else {
      add_layers(part, times, parts[static_cast<std::size_t>(chunk)].of.model, costs);
    }
  }
  for (const GradientBucket& bucket : programs_.back()->buckets) {
    costs.parameters += bucket.own.size();
  }
  costs.update = {Duration(job_.once(stage).optimizer + job_.once(stage).offload), {}};
  constexpr Bytes kLarge(1e9);  // beside which what a kernel costs besides its traffic is nothing
  costs.memory = kLarge / cost_.stream_time(kLarge);
}

void LayoutSimulation::add_pass(const PartTimes& times, TaskCosts& costs) {
  costs.forward.push_back({Duration(times.forward), {}});
  costs.backward_input.push_back({Duration(times.backward_input), {}});
  costs.backward_weights.push_back({Duration(times.backward_weights), {}});
  costs.backward.push_back({Duration(times.backward_input + times.backward_weights), {}});
}

void LayoutSimulation::add_layers(std::size_t part, const PartTimes& times, const Model& of,
                                  TaskCosts& costs) const {
  const PartCost& cost = job_.parts()[part];
  const std::vector<LayerTimes> layers = units_.times_of(of, point_.layout().microbatch);
  LayerTimes sum;
  for (const LayerTimes& layer : layers) {
    sum.forward += layer.forward;
    sum.backward_data += layer.backward_data;
    sum.backward_weights += layer.backward_weights;
  }
  // What a pass takes besides, its layers share.
  const auto scale = [](double all, Duration own) {
    return own > Duration(0) ? all / own.value() : 0;
  };
  const double forward = scale(times.forward - cost.forward_exchanges.seconds, sum.forward);
  const double data =
      scale(times.backward_input - cost.backward_exchanges.seconds - cost.exchanges_again.seconds,
            sum.backward_data);
  const double weights = scale(times.backward_weights, sum.backward_weights);
  for (const LayerTimes& layer : layers) {
    costs.forward.push_back({layer.forward * forward, {}});
    costs.backward.push_back({layer.backward_data * data + layer.backward_weights * weights, {}});
  }
}

std::unique_ptr<Strategy> LayoutSimulation::prepare(SimulationOptions& options) const {
  const Scenario& scenario = point_.scenario();
  const ProcessGrid& grid = network_.grid();
  options.workers = network_.places();
  options.costs = costs_.front();
  options.rank_costs = [this, &grid](int rank) -> const TaskCosts& {
    return costs_[static_cast<std::size_t>(grid.place(rank, GridAxis::pipeline))];
  };
  LayoutSgd::Options chosen;
  chosen.steps = options.noise.steps();
  chosen.layout = point_.layout();
  chosen.program = [this, &grid](int rank) {
    return programs_[static_cast<std::size_t>(grid.place(rank, GridAxis::pipeline))];
  };
  chosen.folded = folded();
  chosen.activations = float_of(stored_bytes(scenario.precision));
  chosen.weights = float_of(stored_bytes(scenario.precision));
  chosen.gradients = float_of(scenario.wire_bytes());
  chosen.call = [this](GridAxis axis, Operation operation, double bytes) {
    return network_.call(axis, operation, Bytes(bytes));
  };
  return std::make_unique<LayoutSgd>(std::move(chosen));
}

double LayoutSimulation::flows_of_step() const {
  const Layout& layout = point_.layout();
  const double messages =
      layout.pipeline > 1 ? 2.0 * static_cast<double>(layout.microbatches) * layout.virtual_stages
                          : 0;
  const double buckets = static_cast<double>(programs_.front()->buckets.size());
  double exchanges = 0;
  for (const RankChunk& chunk : programs_.front()->chunks) {
    if (folded()) break;
    exchanges += static_cast<double>(std::ranges::count_if(
        chunk.layers, [](const ChunkLayer& layer) { return layer.exchange.has_value(); }));
  }
  return static_cast<double>(point_.workers()) *
         (messages + 2 * buckets + 2 * exchanges * static_cast<double>(layout.microbatches));
}

void LayoutSimulation::add_load(const BuiltNetwork& built, SampledPoint& sample) {
  rehearse::add_load(point_, built, cost_, units_, network_, sample);
}

void LayoutSimulation::unfold(SampledRun& run) const {
  const Duration computed = expected_.parts[StepPhase::compute];
  const Duration again = expected_.parts[StepPhase::recompute];
  const Duration inside(folded() ? job_.waits_in_passes() : 0);
  const Duration host = expected_.parts[StepPhase::other];
  const Duration all = computed + again + inside + host;
  if (!(all > Duration(0))) return;
  const Duration folded = run.parts[StepPhase::compute];
  run.parts[StepPhase::compute] = folded * (computed / all);
  run.parts[StepPhase::recompute] += folded * (again / all);
  run.parts[StepPhase::exposed_communication] += folded * (inside / all);
  run.parts[StepPhase::other] += folded * (host / all);
}

}  // namespace rehearse
