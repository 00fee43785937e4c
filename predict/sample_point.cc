#include "predict/sample_point.h"

#include <algorithm>
#include <cmath>

#include "predict/network_load.h"
#include "predict/workload.h"
#include "sim/simulation.h"
#include "topologies/build.h"

namespace rehearse {
namespace {

constexpr int kTracedRanks = 8;

// Ranks leave the broadcast of the initial parameters at different times; one step aligns them.
constexpr int kWarmUpSteps = 1;

// Noise was measured over pieces of work of one length. A pass is many of them, whose deviations
// are taken as independent: the relative deviation of their sum falls with the root of their
// number.
double pass_noise(const Scenario& scenario, const TaskCosts& costs) {
  const MeasuredDevice* measured = scenario.device.measured.get();
  const double cv = scenario.noise.compute_cv;
  if (measured == nullptr || !(measured->noise_quantum > Duration(0))) return cv;
  if (cv != scenario.device.compute_cv) return cv;  // the scenario's own word
  Duration passes;
  for (const TaskCost& cost : costs.forward) passes += cost.device;
  for (const TaskCost& cost : costs.backward) passes += cost.device;
  return cv * std::min(1.0, std::sqrt(measured->noise_quantum / (0.5 * passes)));
}

NoiseOptions noise_of(const Scenario& scenario, const TaskCosts& costs) {
  NoiseOptions noise;
  noise.seed = scenario.seed;
  noise.runs = kSimulatedRuns;
  noise.steps_per_run = kStepsPerRun;
  noise.warm_up = kWarmUpSteps;
  noise.compute_cv = pass_noise(scenario, costs);
  noise.device_cv = scenario.noise.device_cv;
  noise.stream_rate_spread = scenario.fabric.stream_rate_spread;
  noise.device_time_error = scenario.calibration       ? scenario.calibration->relative_error
                            : scenario.device.measured ? scenario.device.measured->drift
                                                       : 0;
  noise.stream_bandwidth_error = scenario.fabric.relative_error("stream_bandwidth");
  noise.step_latency_error = scenario.fabric.relative_error("step_latency");
  noise.stream_rate_spread_error = scenario.fabric.relative_error("stream_rate_spread");
  return noise;
}

void summarise(const SimulationSummary& summary, SampledPoint& point) {
  constexpr double kShare = 1.0 / kStepsPerRun;
  point.runs.resize(kSimulatedRuns);
  for (std::size_t i = kWarmUpSteps; i < summary.steps.size(); ++i) {
    point.steps.push_back(summary.step_ends[i] - summary.step_ends[i - 1]);
    const StepRecord& s = summary.steps[i];
    SampledRun& run = point.runs[(i - kWarmUpSteps) / kStepsPerRun];
    run.parts.compute += kShare * s.compute.value();
    run.parts.exposed_communication += kShare * s.exposed_communication.value();
    run.parts.straggler_wait += kShare * s.straggler_wait.value();
    run.parts.input_wait += kShare * s.input_wait.value();
    run.parts.optimizer += kShare * s.optimizer.value();
    run.parts.other += kShare * s.other.value();
    run.hidden_communication += kShare * s.hidden_communication.value();
  }
}

}  // namespace

SampledPoint sample_point(const Scenario& scenario, std::int64_t workers, bool trace) {
  const Network network = build_network(scenario.network, scenario.nodes, scenario.node);
  const auto router = make_router(network, scenario.network.routing);
  const CostModel cost = calibrated_cost(scenario, workers);

  SimulationOptions options;
  options.network = &network;
  options.router = router.get();
  options.workers = place(network, scenario.placement, workers, scenario.seed);
  options.fabric = scenario.fabric;
  options.costs = task_costs(scenario, cost, scenario.worker_batch(workers));
  options.noise = noise_of(scenario, options.costs);
  options.fidelity = scenario.fidelity == Fidelity::message ? CollectiveFidelity::message
                                                            : CollectiveFidelity::flow;
  options.background = scenario.background;
  options.traced_ranks =
      trace ? static_cast<int>(std::min<std::int64_t>(workers, kTracedRanks)) : 0;

  const SyncSgd program = training_program(scenario, workers, options.noise.steps());
  const std::int64_t elements = scenario.model->parameter_count();
  SimulationSummary summary = simulate(options, [&](World& world, const StepObserver& observe) {
    program.run(world, {nullptr, elements}, {nullptr, elements}, observe);
  });

  SampledPoint point;
  summarise(summary, point);
  const NetworkLoad load =
      network_load(scenario, network, *router, options.workers, program.gradient_elements(),
                   program.options().reducer.bytes_per_element, summary.steps.back().reductions);
  point.busiest_link = load.busiest_link;
  point.busiest_seconds = load.busiest_seconds;
  point.mean_hops = load.mean_hops;
  point.trace = std::move(summary.trace);
  return point;
}

}  // namespace rehearse
