#include "predict/job_costs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/devices/job_keys.h"
#include "predict/input_supply.h"
#include "predict/software_factors.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

// One device's, with its shards in place of the split layers.
std::vector<LayerTimes> device_layer_times(const JobPoint& job, const CostModel& cost) {
  const Precision precision = job.scenario().precision;
  const ModelSplit& split = job.split();
  auto times = layer_times(cost, job.model(), job.worker_batch(), precision);
  scale_times(
      job.model(),
      {.stream = job.scenario().stream_factor, .attention = job.scenario().attention_factor},
      times);
  for (const SplitLayer& layer : split.layers) {
    const Shard shard = shard_of(job.model(), layer.layer, split.parts);
    times[layer.layer] =
        times_of_layer(cost, shard.model, shard.layer, split.parts * job.worker_batch(), precision);
  }
  return times;
}

// Cores that only communicate leave fewer to compute, and these to themselves.
void take_helpers(const Scenario& scenario, TaskCosts& costs) {
  const int cores = scenario.cores();
  const double slower = static_cast<double>(cores) / (cores - scenario.helpers);
  for (auto* const passes : {&costs.forward, &costs.backward}) {
    for (TaskCost& cost : *passes) cost.device *= slower;
  }
  costs.update.device *= slower;
  costs.memory *= 1 / slower;
  if (scenario.device.measured) costs.input.device *= slower;
  costs.shares_core = false;
  costs.wake_up = Duration(0);
}

}  // namespace

CostModel calibrated_cost(const JobPoint& job) {
  const Scenario& scenario = job.scenario();
  const int devices = scenario.node.devices;
  const double others = devices == 1 ? 0 : (job.all_workers().ranks_per_node - 1.0) / (devices - 1);
  CostModel raw(scenario.device, 1, others);
  if (!scenario.calibration) return raw;
  const DeviceCalibration& record = *scenario.calibration;
  const Duration step(static_cast<double>(record.batch) / record.samples_per_s);
  return CostModel(scenario.device,
                   calibration_factor(raw, *scenario.model, record.batch, scenario.precision, step,
                                      update_traffic(scenario, scenario.model->parameter_count())),
                   others);
}

Bytes update_traffic(const Scenario& scenario, std::int64_t parameters) {
  const int states = 8 * scenario.optimizer.slots + 4 * repeated_passes(scenario.optimizer.rule);
  const int weights = stored_bytes(scenario.precision);
  const int all =
      weights == 4 ? 12 + states : scenario.stored_gradient_bytes + 8 + weights + states;
  return Bytes(static_cast<double>(all) * static_cast<double>(parameters));
}

TaskCosts server_costs(const JobPoint& job, const TaskCosts& of_workers) {
  TaskCosts costs = of_workers;
  const Scenario& scenario = job.scenario();
  if (scenario.device.measured) return costs;
  costs.memory = scenario.strategy.servers.update_bandwidth;
  costs.launch = Duration(0);
  const Bytes traffic = update_traffic(scenario, job.model().parameter_count());
  costs.update = {traffic / costs.memory, Duration(0)};
  return costs;
}

double recomputed_share(const JobPoint& job, const CostModel& cost) {
  const Recompute& recompute = job.scenario().parallelism.recompute;
  if (recompute.mode == Recompute::Mode::none) return 0;
  const std::vector<LayerTimes> times = device_layer_times(job, cost);
  Duration again, all;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (recompute.runs_again(job.model().layers()[i])) again += times[i].forward;
    all += times[i].total();
  }
  return again / (all + again);
}

TaskCosts task_costs(const JobPoint& job, const CostModel& cost) {
  const Scenario& scenario = job.scenario();
  TaskCosts costs;
  const std::int64_t parameters = parameters_per_device(job.model(), job.split());
  costs.parameters = parameters;
  const std::vector<LayerTimes> times = device_layer_times(job, cost);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const LayerTimes& t = times[i];
    const bool again = scenario.parallelism.recompute.runs_again(job.model().layers()[i]);
    costs.forward.push_back({t.forward, t.forward_launches});
    costs.backward.push_back(
        {t.backward_data + t.backward_weights + (again ? t.forward : Duration(0)),
         t.backward_launches + (again ? t.forward_launches : Duration(0))});
  }
  costs.launch = scenario.device.launch_overhead;
  costs.update = {cost.stream_time(update_traffic(scenario, parameters)), costs.launch};
  constexpr Bytes kLarge(1e9);  // beside which what a kernel costs besides its traffic is nothing
  costs.memory = kLarge / cost.stream_time(kLarge);
  if (scenario.device.measured) {
    const std::string update =
        update_key(scenario.optimizer.rule.name, scenario.optimizer.slots, parameters);
    if (const auto time = cost.measured(update, 1)) costs.update.device = *time;
    const std::string input =
        input_key(scenario.model->input_shape(), to_text(scenario.source.format));
    if (const auto time = cost.measured(input, job.worker_batch())) costs.input.device = *time;
    costs.shares_core = scenario.device.measured->shares_core;
    costs.wake_up = scenario.device.measured->wake_up;
    costs.readers = scenario.source.readers;
  } else if (const Duration supply = batch_supply_time(scenario, job.workers());
             supply > Duration(0)) {
    costs.input.device = supply;
    costs.readers = 1;
  }
  if (scenario.helpers > 0) take_helpers(scenario, costs);
  return costs;
}

}  // namespace rehearse
