#include "calibrate/fits/pilot_trials.h"

#include <cmath>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/stats.h"
#include "predict/forked_map.h"

namespace rehearse {
namespace {

using Parameter = Uncertainty::Parameter;

// Differences span this share of a standard error to both sides, as those of a stack's fit.
constexpr double kDifference = 0.5;

std::size_t index(Parameter parameter) { return static_cast<std::size_t>(parameter); }

Scenario of_size(const Scenario& scenario, const JobSize& size, Fidelity fidelity) {
  Scenario changed = scenario;
  changed.fidelity = fidelity;
  if (scenario.worker_batch(size.workers) == size.batch) return changed;
  changed.scaling = Scaling::weak;
  changed.global_batch = 0;
  changed.batch_per_worker = size.batch;
  return changed;
}

JointFactors certain(const ParameterLogs& logs, bool one_node) {
  JointFactors known;
  for (const UsedParameter& used : used_parameters(one_node)) {
    known.mean[static_cast<std::size_t>(used.noise)] = logs[index(used.parameter)];
  }
  return known;
}

double run_deviation(const SampledPoint& point) {
  std::vector<double> logs;
  for (const double mean : run_means(point)) logs.push_back(std::log(mean));
  return standard_deviation(logs);
}

double log_step(const SampledPoint& point) { return std::log(step_time(point).p50); }

}  // namespace

std::string_view name_of(Parameter parameter) {
  static constexpr auto kNames =
      enum_names<Parameter>("device_time", "bandwidth", "latency", "inside_bandwidth",
                            "inside_latency", "stream_rate_spread", "compute_cv", "device_cv");
  return kNames.text(parameter);
}

std::array<UsedParameter, 6> used_parameters(bool one_node) {
  return {
      {{NoiseParameter::device_time, Parameter::device_time},
       {NoiseParameter::stream_bandwidth,
        one_node ? Parameter::inside_bandwidth : Parameter::bandwidth},
       {NoiseParameter::step_latency, one_node ? Parameter::inside_latency : Parameter::latency},
       {NoiseParameter::stream_rate_spread, Parameter::stream_rate_spread},
       {NoiseParameter::compute_cv, Parameter::compute_cv},
       {NoiseParameter::device_cv, Parameter::device_cv}}};
}

bool may_matter(Parameter parameter, std::int64_t workers) {
  return workers > 1 || parameter == Parameter::device_time || parameter == Parameter::compute_cv ||
         parameter == Parameter::device_cv;
}

PilotTrials::PilotTrials(const Scenario& scenario, int jobs)
    : scenario_(scenario), network_(scenario), jobs_(jobs) {}

std::vector<SampledPoint> PilotTrials::run(const std::vector<Trial>& trials, Fidelity fidelity) {
  const std::vector<std::string> texts = forked_map(
      trials.size(), jobs_,
      [&](std::size_t i) {
        const Trial& trial = trials[i];
        const JointFactors known = certain(trial.logs, on_one_node(trial.size));
        return to_text(sample_point(of_size(scenario_, trial.size, fidelity), network_,
                                    trial.size.workers, false, &known));
      },
      [](std::size_t) {});
  std::vector<SampledPoint> points;
  for (const std::string& text : texts) points.push_back(sampled_point_from_text(text));
  return points;
}

std::vector<double> PilotTrials::log_steps(const std::vector<JobSize>& sizes,
                                           const ParameterLogs& logs) {
  std::vector<Trial> trials;
  for (const JobSize& size : sizes) trials.push_back({size, logs});
  std::vector<double> steps;
  for (const SampledPoint& point : run(trials, scenario_.fidelity)) {
    steps.push_back(log_step(point));
  }
  return steps;
}

std::vector<PilotTrials::Sensitivity> PilotTrials::sensitivities(const std::vector<JobSize>& sizes,
                                                                 const ParameterLogs& logs,
                                                                 const ParameterLogs& errors) {
  std::vector<Trial> trials;
  for (const JobSize& size : sizes) {
    trials.push_back({size, logs});
    for (const UsedParameter& used : used_parameters(on_one_node(size))) {
      const std::size_t p = index(used.parameter);
      if (errors[p] == 0 || !may_matter(used.parameter, size.workers)) continue;
      for (const double side : {-1.0, 1.0}) {
        Trial moved{size, logs};
        moved.logs[p] += side * kDifference * errors[p];
        trials.push_back(moved);
      }
    }
  }
  std::vector<SampledPoint> points;
  try {
    points = run(trials, fast_);
  } catch (const Error&) {
    if (fast_ == scenario_.fidelity) throw;
    fast_ = scenario_.fidelity;  // analytic does not know this fabric, or these groups
    points = run(trials, fast_);
  }
  std::vector<Sensitivity> list;
  std::size_t next = 0;
  for (const JobSize& size : sizes) {
    Sensitivity result;
    result.run_deviation = run_deviation(points[next++]);
    for (const UsedParameter& used : used_parameters(on_one_node(size))) {
      const std::size_t p = index(used.parameter);
      if (errors[p] == 0 || !may_matter(used.parameter, size.workers)) continue;
      const double below = log_step(points[next++]);
      const double above = log_step(points[next++]);
      result.slopes[p] = (above - below) / (2 * kDifference * errors[p]);
    }
    list.push_back(result);
  }
  return list;
}

}  // namespace rehearse
