#include "predict/job_noise.h"

#include "base/stats.h"
#include "predict/sample_point.h"
#include "predict/uncertainty.h"

namespace rehearse {
namespace {

// On a measured machine, of a piece of work as long as the step.
double step_noise(const Scenario& scenario, const TaskCosts& costs) {
  const MeasuredDevice* measured = scenario.device.measured.get();
  const double cv = scenario.noise.compute_cv;
  if (measured == nullptr || measured->speeds.empty()) return cv;
  if (cv != scenario.device.compute_cv) return cv;  // the scenario's own word
  Duration step;
  for (const TaskCost& cost : costs.forward) step += cost.device;
  for (const TaskCost& cost : costs.backward) step += cost.device;
  return deviation_of(measured->speeds, step);
}

// What a device computes in a step, which its noise makes longer; readers beside an accelerator are
// no part of it.
Duration step_work(const TaskCosts& costs) {
  Duration work = costs.update.device;
  if (costs.readers == 0 || costs.shares_core) work += costs.input.device;
  for (const TaskCost& cost : costs.forward) work += cost.device;
  for (const TaskCost& cost : costs.backward) work += cost.device;
  return work;
}

}  // namespace

NoiseOptions job_noise(const JobPoint& job, const TaskCosts& costs, const StepsOfRuns& steps) {
  const Scenario& scenario = job.scenario();
  NoiseOptions noise = parameter_noise(scenario, job.on_one_node());
  noise.runs = steps.runs;
  noise.steps_per_run = steps.steps_per_run;
  noise.warm_up = steps.warm_up;
  noise.compute_cv = step_noise(scenario, costs);
  noise.device_cv = scenario.noise.device_cv;
  noise.node_cv = scenario.noise.node_cv;
  noise.slow_share = scenario.noise.slow_share;
  noise.slow_factor = scenario.noise.slow_factor;
  noise.stall_rate = scenario.noise.stall_rate / 3600;
  noise.stall_length = scenario.noise.stall_length.value();
  noise.step_work = step_work(costs).value();
  return noise;
}

NoiseOptions parameter_noise(const Scenario& scenario, bool one_node) {
  using Parameter = Uncertainty::Parameter;
  const std::vector<Uncertainty> causes = uncertainties_of(scenario);
  const auto error = [&](Parameter parameter) { return relative_error(causes, parameter); };
  NoiseOptions noise;
  noise.seed = scenario.seed;
  noise.runs = kSimulatedRuns;
  noise.stream_rate_spread = scenario.stack.stream_rate_spread;
  noise.device_time_error = error(Parameter::device_time);
  noise.stream_bandwidth_error =
      error(one_node ? Parameter::inside_bandwidth : Parameter::bandwidth);
  noise.step_latency_error = error(one_node ? Parameter::inside_latency : Parameter::latency);
  noise.stream_rate_spread_error = error(Parameter::stream_rate_spread);
  noise.compute_cv_error = error(Parameter::compute_cv);
  noise.device_cv_error = error(Parameter::device_cv);
  return noise;
}

}  // namespace rehearse
