#include "predict/predict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/contract.h"
#include "base/stats.h"
#include "kernels/models/work.h"
#include "predict/forked_map.h"
#include "predict/job_costs.h"
#include "predict/job_goodput.h"
#include "predict/job_memory.h"
#include "predict/layout_known.h"
#include "predict/sample_point.h"
#include "predict/simulated_steps.h"
#include "predict/to_target.h"
#include "predict/uncertainty.h"
#include "predict/warnings.h"
#include "predict/workload_prediction.h"

namespace rehearse {
namespace {

Quantiles quantiles(const std::vector<double>& samples) {
  return {stratified_quantile(samples, 0.1), stratified_quantile(samples, 0.5),
          stratified_quantile(samples, 0.9)};
}

// The mean of the two runs in the middle, whose mean steps surround the median, or of all runs
// where nothing is uncertain; scaled by the little that is missing to `total`, the median (ranks do
// not end their steps at exactly the same time).
SampledRun median_run(const SampledPoint& sample, const std::vector<double>& means, double total) {
  std::vector<std::size_t> order(means.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return means[a] < means[b]; });
  if (!sample.certain) order = {order[(order.size() - 1) / 2], order[order.size() / 2]};
  SampledRun middle;
  const double share = 1.0 / static_cast<double>(order.size());
  for (const std::size_t i : order) {
    middle.parts += sample.runs[i].parts * share;
    middle.hidden_communication += sample.runs[i].hidden_communication * share;
  }
  SampledRun scaled;
  scaled.parts = middle.parts * (total / middle.parts.sum().value());
  scaled.hidden_communication = middle.hidden_communication;
  // Differences of points in time are exact to about 1e-14 of a step: what is below 0 by no more is
  // 0.
  constexpr double kRounding = 1e-12;
  for (const StepPhase phase : {StepPhase::other, StepPhase::straggler_wait}) {
    Duration& rest = scaled.parts[phase];
    if (rest < Duration(0) && rest.value() > -kRounding * total) rest = Duration(0);
  }
  return scaled;
}

// Everything but what compares points with each other.
PredictedPoint describe(const JobPoint& job, const SampledPoint& sample) {
  const Scenario& s = job.scenario();
  PredictedPoint p;
  p.workers = job.workers();
  p.nodes = job.nodes();
  p.global_batch = job.global_batch();
  const std::vector<double> means = run_means(sample);
  p.step_time = step_time(sample);
  p.step_jitter = quantiles(sample.steps);
  const double step = p.step_time.p50;
  p.samples_per_s = static_cast<double>(p.global_batch) / step;
  p.tokens_per_sample = job.model().tokens_per_sample();
  p.counts_full_attention = job.model().counts_full_attention();
  const SampledRun typical = median_run(sample, means, step);
  p.breakdown = typical.parts;
  if (!job.is_laid_out()) {
    const Duration computing = p.breakdown[StepPhase::compute];
    p.breakdown[StepPhase::recompute] = computing * recomputed_share(job, calibrated_cost(job));
    p.breakdown[StepPhase::compute] -= p.breakdown[StepPhase::recompute];
  } else {
    p.layout = job.layout();
  }
  p.communication_hidden = typical.hidden_communication.value();
  p.communication_total =
      p.breakdown[StepPhase::exposed_communication].value() + p.communication_hidden;

  const std::int64_t batch = job.worker_batch();
  p.flops_per_device = model_flops(job.model(), batch).value() / job.layout().replica();
  p.model_flops_utilization = p.flops_per_device / step / s.device.peak_rate(s.precision).value();
  p.memory = job_memory(job);
  p.fits = p.memory.total() <= s.device.memory_capacity;

  p.staleness = sample.staleness;
  if (s.strategy.kind == StrategyKind::lagged) {
    const auto lag = static_cast<double>(s.strategy.lag);
    p.staleness = StalenessSummary{.mean = lag, .p50 = lag, .p90 = lag, .max = s.strategy.lag};
  }
  p.busiest_link = sample.busiest_link;
  p.busiest_link_class = sample.busiest_class;
  p.busiest_link_utilization = sample.busiest_seconds / step;
  p.mean_hops = sample.mean_hops;

  const std::int64_t steps = (s.samples + p.global_batch - 1) / p.global_batch;
  p.epoch_time = static_cast<double>(steps) * step;
  p.node_hours_per_epoch = static_cast<double>(p.nodes) * p.epoch_time / 3600;
  p.energy_per_epoch =
      s.device.power_watts.value_or(0) * static_cast<double>(job.workers()) * p.epoch_time;
  return p;
}

std::string names_of(const JobPoint& job) {
  std::string names;
  for (const SplitLayer& layer : job.split().layers) {
    names += (names.empty() ? "" : ", ") + job.model().layers()[layer.layer].name;
  }
  return names.empty() ? "no layer" : names;
}

// Which layers are split, for each run of points with the same ones.
void add_split_layers(const Scenario& scenario, std::vector<Provenance>& list) {
  if (scenario.parallelism.dense == 1) return;
  std::string names;
  for (const std::int64_t workers : scenario.workers) {
    const JobPoint job(scenario, workers);
    const std::string now = names_of(job);
    if (now == names) continue;
    names = now;
    list.push_back({"training.parallelism.dense",
                    "split over groups of " + std::to_string(job.split().parts) + " from " +
                        std::to_string(workers) + " workers on: " + names +
                        "; the other layers are on every worker",
                    Provenance::Kind::derived});
  }
}

Provenance provenance_of_input(const InputSupply& supply) {
  std::vector<std::string> limits;
  if (supply.storage) limits.push_back("cluster.storage.bandwidth");
  if (supply.node_storage) limits.push_back("cluster.storage.node_bandwidth");
  if (supply.cores > 0 && supply.preparation > Duration(0))
    limits.push_back("data.preparation on cluster.node.cores");
  if (limits.empty()) {
    return {"input_wait", "nothing is known of the storage: samples are always ready",
            Provenance::Kind::assumed};
  }
  std::string source = "batches are read ahead, no faster than by " + limits.front();
  for (std::size_t i = 1; i < limits.size(); ++i) source += ", " + limits[i];
  return {"input_wait", std::move(source), Provenance::Kind::derived};
}

// With a pilot these are what stood before it.
std::vector<Provenance> provenance_of_intervals(const Scenario& scenario,
                                                const PilotKnowledge* pilot) {
  std::vector<Provenance> list = provenance_of(uncertainties_of(scenario));
  if (pilot == nullptr) return list;
  for (Provenance& entry : list) entry.quantity = "before the pilot, " + entry.quantity;
  list.insert(list.end(), pilot->provenance.begin(), pilot->provenance.end());
  return list;
}

// The same at every point.
int steps_per_run(const Scenario& scenario) {
  return simulated_steps(JobPoint(scenario, scenario.workers.front())).per_run;
}

void add_own_provenance(const Scenario& scenario, const PilotKnowledge* pilot,
                        std::vector<Provenance>& list) {
  add_split_layers(scenario, list);
  const std::vector<Provenance> of_steps = provenance_of_steps(scenario);
  list.insert(list.end(), of_steps.begin(), of_steps.end());
  if (!scenario.calibration && !scenario.device.measured) {
    list.push_back({"device time", "cost model of '" + scenario.device.name + "', not calibrated",
                    Provenance::Kind::derived});
  }
  const bool analytic = scenario.fidelity == Fidelity::analytic;
  list.push_back(
      {"step_time, step_jitter",
       std::to_string(kSimulatedRuns) + " runs of " + std::to_string(steps_per_run(scenario)) +
           (analytic ? " steps of the slowest rank, by order statistics" : " simulated steps") +
           ", seed " + std::to_string(scenario.seed),
       Provenance::Kind::derived});
  const std::vector<Provenance> intervals = provenance_of_intervals(scenario, pilot);
  list.insert(list.end(), intervals.begin(), intervals.end());
  if (!scenario.device.measured) list.push_back(provenance_of_input(scenario.supply));
  if (!scenario.device.power_watts) {
    list.push_back(
        {"energy_per_epoch_j", "0: the device profile gives no power", Provenance::Kind::assumed});
  } else {
    list.push_back({"energy_per_epoch_j",
                    "board power of the devices at full load, hosts and "
                    "switches left out",
                    Provenance::Kind::derived});
  }
}

// What a pilot says takes the place of what the profiles left open.
void add_pilot(const PilotKnowledge& pilot, Prediction& prediction) {
  const PredictedPoint& largest = prediction.points.back();
  const Quantiles& q = largest.step_time;
  PilotReport report{pilot.records, pilot.parameters, largest.workers, (q.p90 - q.p10) / q.p50, {}};
  const double half = std::log(q.p90 / q.p10) / 2;  // of the interval of the logarithm
  for (const PossibleMeasurement& next : pilot.next) {
    report.next_measurement.push_back({next.what, 2 * std::sinh(half * next.deviation_share)});
  }
  prediction.pilot = std::move(report);
  const bool settled =
      std::any_of(pilot.parameters.begin(), pilot.parameters.end(),
                  [](const auto& p) { return p.name == "device_time" && p.settled; });
  if (settled) {
    std::erase_if(prediction.warnings, [](const Warning& w) { return w.code == "uncalibrated"; });
  }
  for (const PilotWarning& warning : pilot.warnings) {
    prediction.warnings.push_back({warning.code, warning.what, {}});
  }
}

// Everything but the scenario's name, the version, the fidelity and the seed.
Prediction predict_training(const Scenario& scenario, const PredictOptions& options) {
  const std::size_t count = scenario.workers.size();
  const bool tracing = options.trace != nullptr;
  expect_layout_known(scenario);
  expect_progress(scenario);
  const BuiltNetwork network(scenario);
  const std::vector<std::string> texts =
      watched_map(count, options.jobs,
                  [&](std::size_t i, const PieceTeller& tell) {
                    const std::int64_t workers = scenario.workers[i];
                    const JointFactors* known =
                        options.pilot == nullptr ? nullptr : &options.pilot->points.at(workers);
                    return to_text(sample_point(scenario, network, workers,
                                                tracing && i + 1 == count, known, tell));
                  },
                  {[&](std::size_t done) {
                     if (options.progress) options.progress(done, count);
                   },
                   options.waiting, options.note});

  Prediction prediction;
  std::vector<LibraryChoice> choices;
  std::vector<std::optional<Extrapolation>> extrapolations;
  for (std::size_t i = 0; i < count; ++i) {
    SampledPoint sample = sampled_point_from_text(texts[i]);
    choices.push_back(sample.choice);
    extrapolations.push_back(sample.extrapolation);
    prediction.points.push_back(describe(JobPoint(scenario, scenario.workers[i]), sample));
    if (tracing && i + 1 == count) *options.trace = std::move(sample.trace);
  }
  compare_with_smallest(prediction.points);
  prediction.warnings = warnings_of(scenario, prediction.points);
  add_extrapolation_warning(scenario, extrapolations, prediction.warnings);
  add_choice_warnings(choices, scenario.all_reduce.algorithm == Algorithm::native,
                      prediction.warnings);
  if (options.pilot != nullptr) add_pilot(*options.pilot, prediction);
  prediction.provenance = scenario.provenance;
  add_extrapolation_provenance(extrapolations, prediction.provenance);
  add_own_provenance(scenario, options.pilot, prediction.provenance);
  add_goodput(scenario, prediction);
  add_targets(scenario, prediction);
  return prediction;
}

}  // namespace

void compare_with_smallest(std::vector<PredictedPoint>& points) {
  const PredictedPoint& smallest = points.front();
  const double rate = smallest.samples_per_s;
  const auto workers = static_cast<double>(smallest.workers);
  for (PredictedPoint& p : points) {
    p.speedup = p.samples_per_s / rate;
    p.efficiency = p.speedup / (static_cast<double>(p.workers) / workers);
  }
}

void expect_predictable(const Scenario& scenario) {
  EXPECTS(!scenario.workers.empty());
  if (!scenario.collectives.empty()) return expect_workload(scenario);
  expect_layout_known(scenario);
  expect_progress(scenario);
  const BuiltNetwork network(scenario);
  for (auto workers = scenario.workers.rbegin(); workers != scenario.workers.rend(); ++workers) {
    expect_point(scenario, network, *workers);  // the largest first, as predict
  }
}

Prediction predict(const Scenario& scenario, const PredictOptions& options) {
  EXPECTS(!scenario.workers.empty());
  Prediction prediction = scenario.collectives.empty() ? predict_training(scenario, options)
                                                       : predict_workload(scenario, options);
  prediction.scenario = scenario.name;
  prediction.version = REHEARSE_VERSION;
  prediction.fidelity = kFidelityNames.text(scenario.fidelity);
  prediction.seed = scenario.seed;
  return prediction;
}

}  // namespace rehearse
