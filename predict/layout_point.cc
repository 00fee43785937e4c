#include "predict/layout_point.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "predict/job_costs.h"
#include "predict/job_noise.h"
#include "predict/job_places.h"
#include "predict/layout_job.h"
#include "predict/layout_network.h"
#include "predict/layout_traffic.h"
#include "predict/network_load.h"
#include "sim/noise/slowest_rank_noise.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

// A machine whose exchanges take no time: for what depends on none.
class NoExchanges final : public LayoutExchanges {
 public:
  explicit NoExchanges(const Layout& layout) : grid_(layout) {}
  ExchangeTime collective(GridAxis, Operation, Bytes) override { return {}; }
  [[nodiscard]] int size(GridAxis axis) const override { return grid_.size(axis); }

 private:
  ProcessGrid grid_;
};

// Everything of a job that needs no network.
struct OffNetwork {
  explicit OffNetwork(const JobPoint& point)
      : cost(calibrated_cost(point)),
        units(point.model(), cost, point.scenario().precision, factors_of(point.scenario())),
        exchanges(point.layout()),
        job(point.scenario(), cost, units, point.layout(), exchanges) {}

  CostModel cost;
  LayoutUnits units;
  NoExchanges exchanges;
  LayoutJob job;
};

bool nothing_differs(const NoiseOptions& noise) {
  return noise.compute_cv == 0 && noise.device_cv == 0 && noise.node_cv == 0 &&
         noise.slow_share == 0 && noise.stall_rate == 0 && !noise.joint &&
         noise.device_time_error == 0 && noise.stream_bandwidth_error == 0 &&
         noise.step_latency_error == 0 && noise.stream_rate_spread == 0;
}

}  // namespace

TaskCosts work_of(const LayoutStep& step) {
  TaskCosts costs;
  costs.forward = {{step.parts[StepPhase::compute] + step.parts[StepPhase::recompute], {}}};
  costs.update = {step.parts[StepPhase::optimizer], {}};
  return costs;
}

void add_load(const JobPoint& point, const BuiltNetwork& built, const CostModel& cost,
              LayoutUnits& units, LayoutNetwork& network, SampledPoint& sample) {
  const LayoutTraffic traffic =
      traffic_of(point.scenario(), cost, units, point.layout(), network.experts_in_node());
  StepRecord record;
  const auto add = [&](GridAxis axis, Operation operation, double sent) {
    const int ranks = network.grid().size(axis);
    if (ranks == 1 || !(sent > 0)) return;
    const bool whole = operation == Operation::send_recv;
    const double buffer = whole ? sent : sent * ranks / (ranks - 1.0);
    record.spans.push_back({.what = StepSpan::What::activations,
                            .group = *network.grid().groups(axis).front(),
                            .call = network.call(axis, operation, Bytes(buffer)),
                            .elements = std::llround(buffer / ranks / 2) * ranks,
                            .type = ElementType::bfloat16});
  };
  const auto add_leg = [&](LayoutNetwork::Leg leg, double sent) {
    if (!(sent > 0)) return;
    const int ranks = network.leg_group(leg).size();
    const double buffer = sent * ranks / (ranks - 1.0);
    record.spans.push_back({.what = StepSpan::What::activations,
                            .group = network.leg_group(leg),
                            .call = network.leg_call(leg, Bytes(buffer)),
                            .elements = std::llround(buffer / ranks / 2) * ranks,
                            .type = ElementType::bfloat16});
  };
  add(GridAxis::tensor, Operation::all_gather, traffic.tensor);
  add(GridAxis::context, Operation::all_gather, traffic.context);
  if (point.layout().expert_dispatch == ExpertDispatch::all_to_all) {
    add(GridAxis::expert, Operation::all_to_all, traffic.expert);
  } else {
    using Leg = LayoutNetwork::Leg;
    const int in_node = network.experts_in_node();
    if (in_node < network.size(GridAxis::expert)) {
      add_leg(Leg::across, traffic.expert - traffic.expert_within);
    }
    if (in_node > 1) add_leg(Leg::within, traffic.expert_within);
  }
  add(GridAxis::tile_rows, Operation::send_recv, traffic.tile_rows);
  add(GridAxis::tile_columns, Operation::send_recv, traffic.tile_columns);
  add(GridAxis::tiles, Operation::all_gather, traffic.tiles);
  add(GridAxis::replicas, Operation::all_gather, traffic.gradients);
  add(GridAxis::pipeline, Operation::send_recv, traffic.stages);
  const NetworkLoad load = network_load(record, built.network, network.patterns(),
                                        {{}, network.places(), *built.router});
  sample.busiest_link = load.busiest_link;
  sample.busiest_class = load.busiest_class;
  sample.busiest_seconds = load.busiest_seconds;
  sample.mean_hops = load.mean_hops;
}

DeviceMemory layout_memory(const JobPoint& job) { return OffNetwork(job).job.memory(); }

SampledPoint sample_layout(const JobPoint& point, const BuiltNetwork& built,
                           const JointFactors* known) {
  const Scenario& scenario = point.scenario();
  const CostModel cost = calibrated_cost(point);
  LayoutUnits units(point.model(), cost, scenario.precision, factors_of(scenario));
  LayoutNetwork network(scenario, built, point.layout(), job_places(point, built.network));
  const LayoutJob job(scenario, cost, units, point.layout(), network);

  NoiseOptions noise = job_noise(point, work_of(job.step()),
                                 {.runs = kSimulatedRuns, .steps_per_run = 2, .warm_up = 0});
  if (known != nullptr) noise.joint = *known;
  const std::vector<std::int64_t> nodes = job_nodes(built.network, network.places());
  const std::int64_t count = std::ranges::max(nodes) + 1;
  const SlowestRankNoise slowest(noise, static_cast<int>(point.workers()), count);
  const NoiseModel common(noise);

  SampledPoint sample;
  sample.runs.resize(kSimulatedRuns);
  for (std::int64_t i = 0; i < noise.steps(); ++i) {
    const LayoutFactors factors{.compute = slowest.compute(0, i),
                                .bandwidth = 1 / slowest.slowest_stream(count, i),
                                .latency = slowest.step_latency(i)};
    LayoutStep step = job.step(factors);
    const double scale = noise.joint ? common.whole_step(i) : 1;
    // The mean of all ranks computes for less time than the slowest, and waits.
    const double share = slowest.mean_share(i);
    for (const StepPhase phase : {StepPhase::compute, StepPhase::recompute, StepPhase::optimizer}) {
      Duration& part = step.parts[phase];
      step.parts[StepPhase::straggler_wait] += part * (1 - share);
      part *= share;
    }
    sample.steps.push_back(scale * step.seconds);
    SampledRun& run = sample.runs[static_cast<std::size_t>(i / noise.steps_per_run)];
    run.parts += step.parts * (scale / noise.steps_per_run);
    run.hidden_communication += Duration(step.hidden * scale / noise.steps_per_run);
  }
  sample.certain = nothing_differs(noise);
  add_load(point, built, cost, units, network, sample);
  return sample;
}

}  // namespace rehearse
