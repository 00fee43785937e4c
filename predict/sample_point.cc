#include "predict/sample_point.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <span>

#include "base/contract.h"
#include "base/stats.h"
#include "predict/collective_trials.h"
#include "predict/job_costs.h"
#include "predict/job_noise.h"
#include "predict/job_point.h"
#include "predict/layout_point.h"
#include "predict/layout_simulation.h"
#include "predict/network_load.h"
#include "predict/point_program.h"
#include "predict/simulated_steps.h"
#include "predict/simulation_size.h"
#include "predict/uncertainty.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/stacks/end_to_end.h"

namespace rehearse {
namespace {

constexpr int kTracedRanks = 8;

StepsOfRuns steps_of(const JobPoint& job) {
  const SimulatedSteps steps = simulated_steps(job);
  return {.runs = kSimulatedRuns, .steps_per_run = steps.per_run, .warm_up = steps.warm_up};
}

// Of the job itself; background traffic is drawn at random in any case.
bool nothing_differs(const NoiseOptions& noise) {
  const bool devices = noise.compute_cv > 0 || noise.device_cv > 0 || noise.node_cv > 0 ||
                       (noise.slow_share > 0 && noise.slow_factor > 1) ||
                       noise.stall_rate * noise.stall_length > 0;
  const bool parameters = noise.joint || noise.device_time_error > 0 ||
                          noise.stream_bandwidth_error > 0 || noise.step_latency_error > 0;
  return !devices && !parameters && noise.stream_rate_spread == 0;
}

// Sizes between which batches of gradients lie: powers of 8 from 4,096 elements on, what is fused
// at most, and all.
std::vector<std::int64_t> trial_sizes(const Scenario& scenario, std::int64_t elements) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 4096; size < elements; size *= 8) sizes.push_back(size);
  const auto fused =
      static_cast<std::int64_t>(scenario.all_reduce.fusion.value()) / scenario.wire_bytes();
  if (fused > 0 && fused < elements) sizes.push_back(fused);
  sizes.push_back(elements);
  return sizes;
}

// Of the largest all-reduce of a step among all workers; of none for one worker, on a measured
// machine, whose library decides by itself, and for so many that to price all algorithms takes
// long.
LibraryChoice choice_in(const JobPoint& job, const StepRecord& step, CollectiveChooser& chooser) {
  const Scenario& scenario = job.scenario();
  constexpr std::int64_t kMostRanks = 8192;
  if (job.workers() == 1 || job.workers() > kMostRanks || scenario.device.measured) return {};
  std::int64_t largest = 0;
  for (const StepSpan& span : step.spans) {
    const bool of_all = span.what != StepSpan::What::activations && span.group.id() == 0 &&
                        span.call.operation == Operation::all_reduce;
    if (of_all) largest = std::max(largest, span.elements);
  }
  if (largest == 0) return {};
  return library_choice(chooser, *chooser.world(), Operation::all_reduce,
                        scenario.all_reduce.algorithm, {}, job.all_workers().ranks_per_node,
                        largest, scenario.wire_bytes());
}

// What is left over between model and machine is on all parts alike.
std::function<double(std::size_t step)> left_over(NoiseOptions options) {
  if (!options.joint) return [](std::size_t) { return 1.0; };
  options.node_cv = 0;  // the places of ranks play no part in it
  return [noise = std::make_shared<NoiseModel>(options)](std::size_t step) {
    return noise->whole_step(static_cast<std::int64_t>(step));
  };
}

// Workers that go on independently: a run's mean step is the time in which they take one each; how
// single steps differ is seen from the mean over workers of each.
void summarise_rates(const SimulationSummary& summary, const NoiseOptions& noise, int workers,
                     SampledPoint& point) {
  const auto scale = left_over(noise);
  const auto per_run = static_cast<std::size_t>(noise.steps_per_run);
  for (int run = 0; run < kSimulatedRuns; ++run) {
    const auto first = static_cast<std::size_t>(noise.warm_up + run * noise.steps_per_run);
    Duration all;
    for (std::size_t i = first; i < first + per_run; ++i) {
      all += summary.steps[i].end - summary.steps[i].begin;
    }
    const double mean = all.value() / noise.steps_per_run;
    const double period = workers / summary.rates[static_cast<std::size_t>(run)];
    SampledRun& typical = point.runs.emplace_back();
    for (std::size_t i = first; i < first + per_run; ++i) {
      const StepRecord& step = summary.steps[i];
      const double share = scale(i) * period / mean;
      point.steps.push_back(share * (step.end - step.begin).value());
      typical.parts += step.parts * (share / noise.steps_per_run);
      typical.hidden_communication += step.hidden_communication * (share / noise.steps_per_run);
    }
  }
}

void summarise(const SimulationSummary& summary, const NoiseOptions& noise, SampledPoint& point) {
  const auto scale = left_over(noise);
  point.runs.resize(kSimulatedRuns);
  const auto first = static_cast<std::size_t>(noise.warm_up);
  const auto per_run = static_cast<std::size_t>(noise.steps_per_run);
  for (std::size_t i = first; i < summary.steps.size(); ++i) {
    point.steps.push_back(scale(i) * (summary.step_ends[i] - summary.step_ends[i - 1]));
    const StepRecord& s = summary.steps[i];
    SampledRun& run = point.runs[(i - first) / per_run];
    const double share = scale(i) / noise.steps_per_run;
    run.parts += s.parts * share;
    run.hidden_communication += s.hidden_communication * share;
  }
}

}  // namespace

namespace {

// A step of a layout is long: one of each run shows what its parameters do.
SampledPoint simulate_layout(const JobPoint& job, const BuiltNetwork& built,
                             const JointFactors* known, const PieceTeller& tell) {
  const Scenario& scenario = job.scenario();
  LayoutSimulation layout(job, built);
  SimulationOptions options;
  options.network = &built.network;
  options.router = built.router.get();
  options.stack = built.stack;
  options.noise = job_noise(job, work_of(layout.expected()),
                            {.runs = kSimulatedRuns, .steps_per_run = 1, .warm_up = 1});
  if (known != nullptr) options.noise.joint = *known;
  options.fidelity = scenario.fidelity;
  options.background = scenario.background;
  const std::unique_ptr<Strategy> strategy = layout.prepare(options);
  const auto steps = static_cast<double>(options.noise.steps());
  const SimulationSize size{.messages = steps * layout.flows_of_step(),
                            .actors = static_cast<double>(job.workers())};
  expect_simulable(scenario, job.workers(), size);
  if (const auto note = long_simulation(scenario, job.workers(), size); note && tell.note) {
    tell.note(*note);
  }
  const SimulationSummary summary =
      simulate(options, *strategy, [&](int rank, std::int64_t step, const StepRecord&) {
        if (rank == 0 && tell.share) tell.share(static_cast<double>(step + 1) / steps);
      });
  SampledPoint point;
  summarise(summary, options.noise, point);
  for (SampledRun& run : point.runs) layout.unfold(run);
  layout.add_load(built, point);
  point.certain = nothing_differs(options.noise) && options.background.share == 0;
  return point;
}

}  // namespace

BuiltNetwork::BuiltNetwork(const Scenario& scenario)
    : network(build_network(scenario.network, scenario.nodes, scenario.node)),
      router(make_router(network, scenario.network.routing)),
      stack(on_top_of_links(scenario.stack, network, *router)) {}

SampledPoint sample_point(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
                          bool trace, const JointFactors* known, const PieceTeller& tell) {
  const Network& network = built.network;
  const JobPoint job(scenario, workers);
  if (job.is_laid_out()) {
    return scenario.fidelity == Fidelity::analytic ? sample_layout(job, built, known)
                                                   : simulate_layout(job, built, known, tell);
  }

  SimulationOptions options;
  options.network = &network;
  options.router = built.router.get();
  options.stack = built.stack;
  options.costs = task_costs(job, calibrated_cost(job));
  options.server_costs = server_costs(job, options.costs);
  options.noise = job_noise(job, options.costs, steps_of(job));
  if (known != nullptr) options.noise.joint = *known;
  options.fidelity = scenario.fidelity;
  options.background = scenario.background;
  options.traced_ranks =
      trace ? static_cast<int>(std::min<std::int64_t>(workers, kTracedRanks)) : 0;

  // What the machine cannot run is refused here, not in the middle of the simulation.
  PointProgram point_program(job, built, options.noise.steps(), options.costs.shares_core);
  options.workers = point_program.places();
  CollectivePatterns& patterns = point_program.patterns();
  options.patterns = &patterns;
  CollectiveChooser& chooser = point_program.chooser();
  const Strategy& strategy = point_program.strategy();
  const std::int64_t elements = strategy.parameter_elements();
  const SimulationSize size = simulation_size(strategy, options.noise.steps(), scenario.fidelity);
  expect_simulable(scenario, workers, size);
  if (const auto note = long_simulation(scenario, workers, size); note && tell.note) {
    tell.note(*note);
  }
  const auto codec = make_codec(scenario.all_reduce.compression, scenario.all_reduce.ratio);
  if (scenario.all_reduce.algorithm == Algorithm::automatic && job.groups() == nullptr &&
      (codec == nullptr || codec->adds_up())) {
    try_collectives(
        {&scenario, &built, options.workers, Operation::all_reduce,
         job.all_workers().ranks_per_node, scenario.wire_bytes(), trial_sizes(scenario, elements)},
        chooser);
  }
  const auto steps = static_cast<double>(options.noise.steps());
  const bool one_node = job.on_one_node();
  std::optional<Extrapolation> extrapolation;
  if (extrapolated_messages(scenario.stack, one_node)) {
    extrapolation =
        extrapolation_of(scenario.stack, largest_messages(strategy, patterns), one_node);
  }
  if (extrapolation) {
    options.noise.stream_bandwidth_error =
        std::hypot(options.noise.stream_bandwidth_error, extrapolation->rate_error);
  }
  SimulationSummary summary =
      simulate(options, strategy, [&](int rank, std::int64_t step, const StepRecord&) {
        if (rank == 0 && tell.share) tell.share(static_cast<double>(step + 1) / steps);
      });

  SampledPoint point;
  point.extrapolation = extrapolation;
  if (strategy.measure() == Strategy::Measure::throughput) {
    summarise_rates(summary, options.noise, strategy.roles().workers(), point);
  } else {
    summarise(summary, options.noise, point);
  }
  point.staleness = summary_of(summary.staleness);
  point.certain = nothing_differs(options.noise) && options.background.share == 0;
  const NetworkLoad load = network_load(summary.steps.back(), network, patterns,
                                        {strategy.messages(), options.workers, *built.router});
  point.busiest_link = load.busiest_link;
  point.busiest_class = load.busiest_class;
  point.busiest_seconds = load.busiest_seconds;
  point.mean_hops = load.mean_hops;
  point.trace = std::move(summary.trace);
  point.choice = choice_in(job, summary.steps.back(), chooser);
  return point;
}

void expect_point(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers) {
  const JobPoint job(scenario, workers);
  if (job.is_laid_out()) return (void)layout_memory(job);
  const TaskCosts costs = task_costs(job, calibrated_cost(job));
  const std::int64_t steps = job_noise(job, costs, steps_of(job)).steps();
  const PointProgram point(job, built, steps, costs.shares_core);
  expect_simulable(scenario, workers, simulation_size(point.strategy(), steps, scenario.fidelity));
}

std::vector<double> run_means(const SampledPoint& point) {
  std::vector<double> means;
  EXPECTS(!point.runs.empty());
  const std::size_t per_run = point.steps.size() / point.runs.size();
  for (std::size_t i = 0; i < point.runs.size(); ++i) {
    means.push_back(mean(std::span(point.steps).subspan(i * per_run, per_run)));
  }
  return means;
}

Quantiles step_time(const SampledPoint& point) {
  const std::vector<double> means = run_means(point);
  if (point.certain) {
    const double all = mean(means);
    return {all, all, all};
  }
  return {stratified_quantile(means, 0.1), stratified_quantile(means, 0.5),
          stratified_quantile(means, 0.9)};
}

}  // namespace rehearse
